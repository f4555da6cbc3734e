import type { HistoryEntry, HistoryListener } from '../history.js'
import { historyEntry, isBefore, listOf, type Place, positionOf, readEntries, type StreamEntry } from './entries.js'
import type { Known } from './known.js'
import { type Link, NoAnswer } from './link.js'

/** How long one read waits for something new, in ms, and how often the reader looks whether the stream is still its own. */
const WAIT = 2_000

/** Entries in one read. */
const COUNT = '500'

/** ms before the reader goes on after an answer that it did not expect. */
const PAUSE = 1_000

export interface ReaderOptions {
  link: Link
  /** The key of the stream. */
  events: string
  listener: HistoryListener
  /** Also where to begin. */
  known: Known
  /** Called about every two seconds, while Redis answers. */
  beat(): void
}

/**
 * Reads the stream for this process, whatever the number of its clients, and gives it to the listener.
 *
 * Each entry names the one before it. So whatever happened to Redis (entries trimmed before they were read, a database
 * that was flushed, replaced, or came back with older data), what is missing is noticed, and is a gap.
 */
export class Reader {
  readonly #options: ReaderOptions
  #checked = 0

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** Resolves when the link is closed. */
  async run(): Promise<void> {
    const { link, listener } = this.#options
    while (!link.isClosed) {
      try {
        await link.ready()
        // Also on each new connection, which may lead to another Redis.
        if (Date.now() - this.#checked >= WAIT) await this.#check(false)
        await this.#read()
      } catch (error) {
        this.#checked = 0
        if (error instanceof NoAnswer || link.isClosed) continue
        listener.error(error)
        await new Promise((resolve) => setTimeout(resolve, PAUSE))
      }
    }
  }

  async #read(): Promise<void> {
    const { link, events, known } = this.#options
    const args = ['XREAD', 'COUNT', COUNT, 'BLOCK', `${WAIT}`, 'STREAMS', events, known.read.id]
    const reply = await link.send(args, WAIT)
    if (reply === null || link.isClosed) return
    const [stream] = listOf(reply)
    const [, entries] = listOf(stream)
    await this.#take(readEntries(entries))
  }

  async #take(entries: readonly StreamEntry[]): Promise<void> {
    const { listener, known } = this.#options
    let fed: HistoryEntry[] = []
    const feed = () => {
      if (fed.length > 0) listener.entries(fed)
      fed = []
    }
    for (const entry of entries) {
      const { id, generation } = entry
      if (generation !== undefined) {
        feed()
        this.#begin({ generation, id })
        continue
      }
      if (entry.before !== known.read.id) {
        feed()
        if (await this.#missed(entry.before)) return
      }
      known.read = { generation: known.read.generation, id }
      fed.push(historyEntry(known.read, entry.item))
    }
    feed()
  }

  /** Something is missing before the next entry. Returns whether the reader goes on elsewhere. */
  async #missed(before: string): Promise<boolean> {
    // Older than our place: what we have read is not in this stream, and never was, as far as it knows.
    const { read } = this.#options.known
    if (await this.#check(!isBefore(read.id, before))) return true
    // It was trimmed before we came to it.
    this.#begin({ generation: read.generation, id: before })
    return false
  }

  /** Compares what is known of the stream with what it is. Returns whether the reader goes on elsewhere. */
  async #check(isLost: boolean): Promise<boolean> {
    const { link, known, beat } = this.#options
    const place = await known.check((command) => link.send(command), isLost)
    this.#checked = Date.now()
    const isElsewhere = place.generation !== known.read.generation
    if (isElsewhere) this.#begin(place)
    beat()
    return isElsewhere
  }

  #begin(place: Place): void {
    this.#options.known.read = place
    this.#options.listener.gap(positionOf(place))
  }
}
