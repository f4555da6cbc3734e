import type { HistoryEntry, HistoryListener } from '../history.js'
import { randomText } from '../random.js'
import { evaluate } from './commands.js'
import {
  historyEntry,
  isBefore,
  type Keys,
  listOf,
  type Place,
  positionOf,
  readEntries,
  readPlace,
  type StreamEntry,
} from './entries.js'
import { type Link, NoAnswer } from './link.js'
import { checkScript } from './scripts.js'

/** How long one read waits for something new, in ms, and how often the reader looks whether the stream is still its own. */
const WAIT = 2_000

/** Entries in one read. */
const COUNT = '500'

/** ms before the reader goes on after an answer that it did not expect. */
const PAUSE = 1_000

export interface ReaderOptions {
  link: Link
  keys: Keys
  listener: HistoryListener
  /** Where to begin. */
  place: Place
  /** It goes on there, without what lies before. */
  begun(place: Place): void
  /** The newest entry that this process knows to be stored. */
  confirmed(): Place | undefined
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
  #place: Place
  #checked = 0

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#place = options.place
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
    const { link, keys } = this.#options
    const args = ['XREAD', 'COUNT', COUNT, 'BLOCK', `${WAIT}`, 'STREAMS', keys.events, this.#place.id]
    const reply = await link.send(args, WAIT)
    if (reply === null || link.isClosed) return
    const [stream] = listOf(reply)
    const [, entries] = listOf(stream)
    await this.#take(readEntries(entries))
  }

  async #take(entries: readonly StreamEntry[]): Promise<void> {
    const { listener } = this.#options
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
      if (entry.before !== this.#place.id) {
        feed()
        if (await this.#missed(entry.before)) return
      }
      this.#place = { generation: this.#place.generation, id }
      fed.push(historyEntry(this.#place, entry.item))
    }
    feed()
  }

  /** Something is missing before the next entry. Returns whether the reader goes on elsewhere. */
  async #missed(before: string): Promise<boolean> {
    // Older than our place: what we have read is not in this stream, and never was, as far as it knows.
    if (await this.#check(!isBefore(this.#place.id, before))) return true
    // It was trimmed before we came to it.
    this.#begin({ generation: this.#place.generation, id: before })
    return false
  }

  /** Compares what is known of the stream with what it is. Returns whether the reader goes on elsewhere. */
  async #check(isLost: boolean): Promise<boolean> {
    const { link, keys, confirmed, beat } = this.#options
    const { generation, id } = this.#place
    const own = confirmed()
    const known = own?.generation === generation ? [id, own.id] : [id]
    const args = [randomText(12), generation, isLost ? '1' : '0', ...known]
    const place = readPlace(await evaluate(link, checkScript, [keys.events, keys.head], args))
    this.#checked = Date.now()
    if (place.generation !== generation) this.#begin(place)
    beat()
    return place.generation !== generation
  }

  #begin(place: Place): void {
    this.#place = place
    this.#options.begun(place)
    this.#options.listener.gap(positionOf(place))
  }
}
