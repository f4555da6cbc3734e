import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HoldfastError } from '../../src/errors.js'
import { native } from '../../src/protocols/native.js'
import { plain } from '../../src/protocols/plain.js'
import type { Control, Framing, Protocol } from '../../src/seams.js'
import { anyStream, cut, nativeStream, places, wildText } from './event-streams.js'
import { always, patience, seed } from './fuzz.js'

/** Far below the default, so that small cases reach it. */
const MAX_EVENT_SIZE = 1_000
/** What a decoder itself finds wrong (docs/errors.md). */
const CODES = ['event-too-large', 'malformed', 'protocol']

/** What a decoder makes of pieces, as data that can be compared. */
function decode(protocol: Protocol, framing: Framing, pieces: readonly (string | ArrayBuffer)[]) {
  const told: unknown[] = []
  const delays: number[] = []
  const events: (string | ArrayBuffer)[] = []
  const errors: HoldfastError[] = []
  /** Nobody hears a carrier any more that has failed. */
  let failed = false
  const decoder = protocol.decoder(
    framing,
    {
      event(type, data, id, topic) {
        if (failed) return
        events.push(data)
        told.push({ type, data, id, topic })
      },
      control(control: Control) {
        if (failed) return
        // Where it stands among the others is of no weight.
        if (control.kind === 'retry') return void delays.push(control.delay)
        if (control.kind !== 'failed' && control.kind !== 'rejected') return void told.push(control)
        errors.push(control.error)
        failed ||= control.kind === 'failed'
        told.push({ kind: control.kind, code: control.error.code, id: control.error.id })
      },
    },
    MAX_EVENT_SIZE,
  )
  for (const piece of pieces) if (!failed) decoder.data(piece)
  if (!failed) decoder.end()
  return { told: [...told, delays], events, errors }
}

const protocols = [native, plain()]
const framings = ['message', 'stream', 'body'] as const
const everywhere = protocols.flatMap((protocol) =>
  framings.map((framing) => [`${protocol.name}, ${framing}`, protocol, framing] as const),
)
const streams = everywhere.filter(([, , framing]) => framing !== 'message')

describe(`whatever a server says, a decoder tells it as what it is (seed ${seed})`, () => {
  const bytes = fc.uint8Array().map(({ buffer }) => buffer)
  const anything = fc.array(fc.oneof(wildText, anyStream, bytes), { maxLength: 6 })

  test.each(everywhere)(
    '%s: it never throws, and its errors have codes',
    (_, protocol, framing) => {
      always(
        fc.property(anything, (pieces) => {
          for (const error of decode(protocol, framing, pieces).errors) {
            expect(error).toBeInstanceOf(HoldfastError)
            expect(error.message).toBeTypeOf('string')
            // A native server has codes of its own.
            if (protocol.native) expect(error.code).toBeTypeOf('string')
            else expect(CODES).toContain(error.code)
          }
        }),
        1_000,
      )
    },
    patience,
  )

  test.each(everywhere)(
    '%s: no event is larger than maxEventSize',
    (_, protocol, framing) => {
      const field = fc.constantFrom(
        'data: ',
        'id: ',
        ':',
        'event: ',
        '',
        '"',
        'event: holdfast:open\ndata: {}\n\ndata: ',
      )
      const line = fc.tuple(field, fc.nat(1_500), fc.constantFrom('\n', '\n\n', '', '"'))
      const text = fc
        .array(line, { maxLength: 8 })
        .map((lines) => lines.map(([field, size, end]) => field + 'x'.repeat(size) + end).join(''))
      always(
        fc.property(text, places, (text, places) => {
          for (const data of decode(protocol, framing, cut(text, places)).events)
            expect(`${data}`.length).toBeLessThanOrEqual(MAX_EVENT_SIZE)
        }),
      )
    },
    patience,
  )

  test.each(streams)(
    '%s: an event that never ends is given up, whatever came before it and whatever its lines are',
    (_, protocol, framing) => {
      const line = fc.constantFrom('data: x\n', 'data\n', 'data: x', ': comment', 'id: x')
      always(
        fc.property(fc.oneof(nativeStream, anyStream), line, fc.integer({ min: 1, max: 50 }), (before, line, times) => {
          const more = Array.from({ length: (2 * MAX_EVENT_SIZE) / times }, () => line.repeat(times))
          expect(decode(protocol, framing, [before, 'data: 1\n', ...more]).errors).not.toEqual([])
        }),
        200,
      )
    },
    patience,
  )
})

describe(`wherever text is cut, it is the same events (seed ${seed})`, () => {
  test.each(streams)(
    '%s: a stream that keeps to the protocol',
    (_, protocol, framing) => {
      always(
        fc.property(nativeStream, places, (text, places) => {
          expect(decode(protocol, framing, cut(text, places)).told).toEqual(decode(protocol, framing, [text]).told)
        }),
      )
    },
    patience,
  )

  test.each(streams)(
    '%s: any other',
    (_, protocol, framing) => {
      always(
        fc.property(anyStream, places, (text, places) => {
          // In one piece more fits than in two.
          fc.pre(text.length <= MAX_EVENT_SIZE)
          expect(decode(protocol, framing, cut(text, places)).told).toEqual(decode(protocol, framing, [text]).told)
        }),
        1_000,
      )
    },
    patience,
  )
})
