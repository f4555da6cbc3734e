import type { HistoryEntry } from './history.js'
import { blockOf, PACKET } from './render.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Who hears an event. */
export type Audience = Pick<HistoryEntry, 'topic' | 'to'>

const EVERYBODY: Audience = { topic: undefined, to: undefined }

/** Bytes by which a piece may be longer than the one whose place it takes. */
const ROOM = 4_096

/** What an event takes that is not for everybody, beside its names. */
const AUDIENCE = 96

/** How ids follow from numbers, where they do. */
export interface Numbering {
  idOf(number: number): string
  /** Undefined for what is no id of an event that was ever here. */
  numberOf(id: string): number | undefined
}

/** What a reader hears of events that follow each other. */
export interface Run {
  readonly text: string
  /** How many events there are, heard or not; the id of the last one, and of the last that is heard. */
  readonly count: number
  readonly lastId: string
  readonly heardId: string | undefined
}

/** Events that follow each other: a text while it grows, bytes once it is sealed. */
interface Chunk {
  /** The number of its first event. */
  readonly first: number
  text: string
  bytes: Uint8Array | undefined
  /** Where each event's block ends in the text. */
  readonly ends: number[]
  /** Where they do not follow from the numbers. */
  readonly ids: string[]
  /** Of each event that is not for everybody, by its place. */
  audiences: Map<number, Audience> | undefined
}

/**
 * Numbered events, oldest first, as the blocks that are written.
 *
 * Many small objects that live for minutes cost a garbage collector more than all else that is done for an event. So events are
 * kept in large pieces, out of its sight, and taken out of them again for who reads them.
 */
export class EventLog {
  /** The number of the oldest event that is kept; of the next one, where none is. */
  oldest: number
  /** The number that the next event gets. */
  next: number
  /** What is kept takes so much: UTF-16 code units of the blocks, and something for who hears them. */
  size = 0
  readonly #numbering: Numbering | undefined
  #chunks: Chunk[]
  #newest: Chunk
  /** What was taken out last: who reads piece by piece, or after somebody else, does not decode it again. */
  #decoded: { readonly chunk: Chunk; readonly text: string } | undefined
  /**
   * Where the piece was that was forgotten last. Engines clear up all they have when so many bytes were asked for since the
   * last time, however many of them are free again: a busy log would make them do so again and again.
   */
  #spare: ArrayBufferLike | undefined

  /**
   * @param first the number of the first event
   * @param numbering without it, each id is kept
   */
  constructor(first: number, numbering?: Numbering) {
    this.#numbering = numbering
    this.oldest = this.next = first
    this.#newest = chunkFrom(first)
    this.#chunks = [this.#newest]
  }

  /** The number of the first event of the piece that grows. */
  get begin(): number {
    return this.#newest.first
  }

  /** @param entry has an id: what has none is stored nowhere */
  push(entry: HistoryEntry): void {
    const { id, topic, to } = entry
    const chunk = this.#newest
    const { ends } = chunk
    if (topic !== undefined || to !== undefined) {
      chunk.audiences ??= new Map()
      chunk.audiences.set(ends.length, { topic, to })
    }
    if (this.#numbering === undefined) chunk.ids.push(id ?? '')
    // Concatenated and not joined: engines put it together when it is encoded, all at once.
    chunk.text += blockOf(entry)
    const end = chunk.text.length
    ends.push(end)
    this.next += 1
    this.size += sizeAt(chunk, ends.length - 1)
    if (end < PACKET) return
    chunk.bytes = this.#encode(chunk.text)
    // Who follows the log writes it next.
    this.#decoded = { chunk, text: chunk.text }
    chunk.text = ''
    this.#newest = chunkFrom(this.next)
    this.#chunks.push(this.#newest)
  }

  /** Forgets the oldest event, if there is one. */
  shift(): void {
    const chunk = this.#chunks[0]
    if (chunk === undefined || this.oldest === this.next) return
    const place = this.oldest - chunk.first
    this.size -= sizeAt(chunk, place)
    this.oldest += 1
    if (chunk === this.#newest || place + 1 < chunk.ends.length) return
    this.#chunks.shift()
    this.#spare = chunk.bytes?.buffer
  }

  /** Puts a text where the forgotten one was, if it fits. */
  #encode(text: string): Uint8Array {
    const spare = this.#spare
    this.#spare = undefined
    if (spare !== undefined) {
      const bytes = new Uint8Array(spare)
      const { read, written } = encoder.encodeInto(text, bytes)
      if (read === text.length) return bytes.subarray(0, written)
    }
    const encoded = encoder.encode(text)
    const bytes = new Uint8Array(encoded.length + ROOM)
    bytes.set(encoded)
    return bytes.subarray(0, encoded.length)
  }

  /** At most `limit` events from a number on, which must not be less than `oldest`. */
  from(number: number, limit: number = Number.POSITIVE_INFINITY): HistoryEntry[] {
    const entries: HistoryEntry[] = []
    const end = Math.min(this.next, number + limit)
    let next = number
    for (let index = this.#chunkOf(number); next < end; index += 1) {
      const chunk = this.#chunks[index]
      if (chunk === undefined) break
      const text = this.#textOf(chunk)
      const until = Math.min(chunk.ends.length, end - chunk.first)
      for (let place = next - chunk.first; place < until; place += 1) {
        const id = this.#idAt(chunk, place)
        const { topic, to } = chunk.audiences?.get(place) ?? EVERYBODY
        // Behind `id: ` and the line's end.
        const start = (chunk.ends[place - 1] ?? 0) + id.length + 5
        entries.push({ id, topic, to, text: text.slice(start, chunk.ends[place]) })
      }
      next = chunk.first + until
    }
    return entries
  }

  /** What is heard of at most `limit` events from a number on, as far as one piece has them; undefined where there are none. */
  run(number: number, limit: number, hears: (audience: Audience) => boolean): Run | undefined {
    const chunk = this.#chunks[this.#chunkOf(number)]
    if (chunk === undefined || number < this.oldest) return undefined
    const place = number - chunk.first
    const count = Math.min(limit, chunk.ends.length - place)
    if (count < 1) return undefined
    const { text, heard } = heardOf(chunk, this.#textOf(chunk), place, place + count, hears)
    const heardId = heard === undefined ? undefined : this.#idAt(chunk, heard)
    return { text, count, lastId: this.#idAt(chunk, place + count - 1), heardId }
  }

  /** The number of the event with this id; undefined if not all that follows it is kept. */
  find(id: string): number | undefined {
    const number = this.#numbering ? this.#numbering.numberOf(id) : this.#search(id)
    return number === undefined || number < this.oldest - 1 ? undefined : number
  }

  #search(id: string): number | undefined {
    for (let index = this.#chunks.length - 1; index >= 0; index -= 1) {
      const chunk = this.#chunks[index]
      const place = chunk?.ids.lastIndexOf(id) ?? -1
      if (chunk && place >= 0) return chunk.first + place
    }
    return undefined
  }

  #idAt(chunk: Chunk, place: number): string {
    return this.#numbering?.idOf(chunk.first + place) ?? chunk.ids[place] ?? ''
  }

  #textOf(chunk: Chunk): string {
    if (chunk.bytes === undefined) return chunk.text
    if (this.#decoded?.chunk !== chunk) this.#decoded = { chunk, text: decoder.decode(chunk.bytes) }
    return this.#decoded.text
  }

  #chunkOf(number: number): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#chunks[middle]?.first ?? 0) <= number) low = middle
      else high = middle - 1
    }
    return low
  }
}

function chunkFrom(first: number): Chunk {
  return { first, text: '', bytes: undefined, ends: [], ids: [], audiences: undefined }
}

function sizeAt({ ends, audiences }: Chunk, place: number): number {
  const block = (ends[place] ?? 0) - (ends[place - 1] ?? 0)
  const audience = audiences?.get(place)
  return audience === undefined ? block : block + AUDIENCE + (audience.topic?.length ?? 0) + (audience.to?.length ?? 0)
}

/** The blocks that are heard, and the place of the last. Those that follow each other are taken out together. */
function heardOf(
  { ends, audiences }: Chunk,
  text: string,
  from: number,
  until: number,
  hears: (audience: Audience) => boolean,
): { text: string; heard: number | undefined } {
  if (audiences === undefined) return { text: text.slice(ends[from - 1] ?? 0, ends[until - 1]), heard: until - 1 }
  let result = ''
  let heard: number | undefined
  let start = from
  for (let place = from; place <= until; place += 1) {
    const audience = audiences.get(place)
    if (place < until && (audience === undefined || hears(audience))) {
      heard = place
      continue
    }
    result += text.slice(ends[start - 1] ?? 0, ends[place - 1] ?? 0)
    start = place + 1
  }
  return { text: result, heard }
}
