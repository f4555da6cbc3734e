import fc from 'fast-check'

/** Text in which everything occurs that could break a reader of lines: ends of lines, NUL, marks, halves of characters. */
export const wildText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\r', '\n', '\0', ':', ' ', 'i', 'd', 'a', 't', '\ufeff', '\ud83d', '\ude00', '😀', 'é'),
  }),
)

/** One line's worth of text. */
const words = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0]/g, ''))
const json = fc.json({ maxDepth: 2 }).map((text) => text.replace(/[\r\n]/g, ''))
const id = fc.stringMatching(/^[\w.]{1,12}$/)

/** What the protocol's own blocks hold, or should. */
const controlData = fc.oneof(
  json,
  words,
  fc.record({ version: fc.constant(1), level: fc.integer(), heartbeat: fc.anything(), limit: fc.anything() }).map(text),
  fc.record({ hello: fc.integer(), gap: fc.boolean(), handled: fc.anything(), denied: fc.anything() }).map(text),
  fc.record({ code: fc.anything(), message: fc.anything(), retryAfter: fc.anything() }).map(text),
  fc.record({ number: fc.anything(), data: fc.anything(), bytes: fc.anything(), error: fc.anything() }).map(text),
)
const controlName = fc.constantFrom('open', 'ready', 'gap', 'result', 'drain', 'error', 'pong', 'news', '')

const field = fc.oneof(
  { weight: 4, arbitrary: json.map((text) => `data: ${text}`) },
  words.map((text) => `data:${text}`),
  id.map((id) => `id: ${id}`),
  words.map((text) => `id:${text}`),
  words.map((text) => `event: ${text}`),
  controlName.map((name) => `event: holdfast:${name}`),
  controlData.map((text) => `data: ${text}`),
  fc.oneof(fc.nat().map(String), words).map((delay) => `retry: ${delay}`),
  words.map((text) => `:topic ${text}`),
  words.map((text) => `:${text}`),
  wildText,
)
const lineEnd = fc.constantFrom('\n', '\n', '\r\n', '\r')

/** A stream as a server, a broken server, or something quite different could write it. */
export const anyStream: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(fc.array(field, { maxLength: 4 }), lineEnd), { maxLength: 12 }),
  )
  .map(([mark, blocks]) => mark + blocks.map(([fields, end]) => [...fields, ''].join(end) + end).join(''))

/** What a hub writes: one block. */
const block = fc
  .record({
    id: fc.option(id),
    type: fc.option(fc.stringMatching(/^[a-z]{1,8}$/)),
    topic: fc.option(fc.stringMatching(/^[a-z]{1,8}$/)),
    data: fc.string({ unit: 'grapheme' }),
  })
  .map(({ id, type, topic, data }) =>
    [
      ...(id === null ? [] : [`id: ${id}`]),
      ...(type === null ? [] : [`event: ${type}`]),
      ...(topic === null ? [] : [`:topic ${topic}`]),
      `data: ${text(data)}`,
    ].join('\n'),
  )

/** A stream that keeps to PROTOCOL.md. */
export const nativeStream: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: block },
      fc.constant(':'),
      id.map((id) => `id: ${id}`),
    ),
    { maxLength: 20 },
  )
  .map((blocks) =>
    ['event: holdfast:open\ndata: {"version":1,"level":3,"heartbeat":1000}', ...blocks]
      .map((text) => `${text}\n\n`)
      .join(''),
  )

function text(value: unknown): string {
  // What JSON cannot say is nothing here.
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? 'null'
}

/** Where something of this length is cut: places between 0 and 1. */
export const places: fc.Arbitrary<number[]> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

/** The pieces of text or bytes that are cut at these places. */
export function cut<Whole extends { readonly length: number; slice(from: number, to: number): Whole }>(
  whole: Whole,
  at: readonly number[],
): Whole[] {
  const borders = [0, ...at.map((place) => Math.round(place * whole.length)).sort((a, b) => a - b), whole.length]
  return borders.slice(1).map((border, index) => whole.slice(borders[index] ?? 0, border))
}
