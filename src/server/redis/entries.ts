import type { HistoryEntry, HistoryItem } from '../history.js'

/** The keys of one history. */
export type Keys = Readonly<Record<'events' | 'head' | 'announced' | 'clients' | 'client' | 'writer', string>>

/** They have one hash tag, so that a script may use several of them. */
export function keysOf(name: string): Keys {
  const key = (rest: string) => `{${name}}:${rest}`
  return {
    events: key('events'),
    head: key('head'),
    announced: key('announced'),
    clients: key('clients'),
    client: key('client:'),
    writer: key('writer:'),
  }
}

/** A place in the stream. */
export interface Place {
  readonly generation: string
  /** Redis' id of the entry: `<ms>-<sequence>`. */
  readonly id: string
}

export function positionOf({ generation, id }: Place): string {
  return `${generation}.${id}`
}

/** What could be a position, read; undefined for what cannot. There is one way to write each. */
export function placeOf(position: string): Place | undefined {
  const [, generation, id] = /^([a-z\d]+)\.((?:0|[1-9]\d{0,15})-(?:0|[1-9]\d{0,15}))$/.exec(position) ?? []
  return generation === undefined || id === undefined ? undefined : { generation, id }
}

/** Whether one id comes before another. */
export function isBefore(id: string, other: string): boolean {
  const [time, sequence] = id.split('-').map(Number)
  const [otherTime, otherSequence] = other.split('-').map(Number)
  return Number(time) === Number(otherTime)
    ? Number(sequence) < Number(otherSequence)
    : Number(time) < Number(otherTime)
}

/** An item as three arguments of a script. Neither a topic nor a principal is ever empty. */
export function argumentsOf({ topic = '', to = '', text }: HistoryItem): string[] {
  return [topic, to, text]
}

/** One entry of the stream: an event, or the beginning of a generation. */
export type StreamEntry =
  | { readonly id: string; readonly generation: string }
  | {
      readonly id: string
      readonly generation: undefined
      /** The id of the entry before. */
      readonly before: string
      readonly item: HistoryItem
    }

/** @throws {TypeError} for what no script of ours has written */
export function readEntries(reply: unknown): StreamEntry[] {
  return listOf(reply).map((entry) => {
    const [id, fields] = listOf(entry)
    const values = listOf(fields).map(String)
    const field = (name: string) => {
      for (let index = 0; index < values.length; index += 2) if (values[index] === name) return values[index + 1]
      return undefined
    }
    const [generation, text = ''] = [field('g'), field('x')]
    if (generation !== undefined) return { id: String(id), generation }
    const item = { topic: field('t') || undefined, to: field('o') || undefined, text }
    return { id: String(id), generation, before: field('p') ?? '', item }
  })
}

export function historyEntry(place: Place, { topic, to, text }: HistoryItem): HistoryEntry {
  return { id: positionOf(place), topic, to, text }
}

/** @throws {TypeError} for what is none */
export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply
  throw new TypeError(`Redis answered what was not expected: ${typeof reply}.`)
}

/** What the check gives as three texts. */
export function readCheck(reply: unknown): { place: Place; run: string } {
  return { place: readPlace(reply), run: String(listOf(reply)[2] ?? '') }
}

/** The place that a script gives as two texts. */
export function readPlace(reply: unknown): Place {
  const [generation, id] = listOf(reply).map(String)
  if (generation === undefined || id === undefined) throw new TypeError('Redis answered what was not expected.')
  return { generation, id }
}
