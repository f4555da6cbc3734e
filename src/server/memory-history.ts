import type { History, HistoryEntry, HistoryItem, HistoryListener } from './history.js'
import { randomText } from './random.js'

/** How much a history in memory keeps. Each is a number of at least 0. */
export interface MemoryHistoryOptions {
  /** Events that are kept. Default 100,000. */
  maxEvents?: number
  /** Bytes of encoded text that are kept, roughly, with 128 more for each event. Default 33,554,432 (32 MiB). */
  maxBytes?: number
  /** How long an event is kept, in ms. Default 600,000 (10 minutes). */
  maxAge?: number
}

/** What an entry costs beside its text, roughly. */
const OVERHEAD = 128

/**
 * A history in this process, gone when it ends. The oldest events make room, so it is bounded in number, bytes and age.
 *
 * Ids are `<generation>.<counter>`: the generation is random for each history, the counter is in base 36.
 *
 * @throws {TypeError} for an option that cannot be
 */
export function memoryHistory(options: MemoryHistoryOptions = {}): History {
  const { maxEvents = 100_000, maxBytes = 33_554_432, maxAge = 600_000 } = options
  for (const [name, value] of Object.entries({ maxEvents, maxBytes, maxAge }))
    if (!(typeof value === 'number' && value >= 0))
      throw new TypeError(`memoryHistory: ${name} must be a number of at least 0.`)

  const generation = `${randomText(8)}.`
  let listener: HistoryListener | undefined
  // A queue: `entries` from `head` on are alive, and the counter of the newest is `last`.
  let entries: HistoryEntry[] = []
  let times: number[] = []
  let head = 0
  let bytes = 0
  let last = 0

  const idOf = (counter: number) => generation + counter.toString(36)
  const entryOf = ({ topic, to, text }: HistoryItem, id: string | undefined): HistoryEntry => ({ id, topic, to, text })
  const expire = (now: number) => {
    const oldest = now - maxAge
    while (
      head < entries.length &&
      (entries.length - head > maxEvents || bytes > maxBytes || (times[head] ?? 0) < oldest)
    ) {
      bytes -= (entries[head]?.text.length ?? 0) + OVERHEAD
      head += 1
    }
    // Moving what is left costs as much as it frees: amortised, each item moves once.
    if (head > 16 && head * 2 > entries.length) {
      entries = entries.slice(head)
      times = times.slice(head)
      head = 0
    }
  }

  return {
    open(given) {
      listener = given
      return idOf(last)
    },
    append(item: HistoryItem) {
      const now = Date.now()
      last += 1
      const id = idOf(last)
      const entry = entryOf(item, id)
      entries.push(entry)
      times.push(now)
      bytes += item.text.length + OVERHEAD
      expire(now)
      listener?.entries([entry])
      return id
    },
    announce(item) {
      listener?.entries([entryOf(item, undefined)])
    },
    read(after, limit) {
      if (!after.startsWith(generation)) return 'unknown'
      const counter = Number.parseInt(after.slice(generation.length), 36)
      if (idOf(counter) !== after || counter > last) return 'unknown'
      expire(Date.now())
      const first = last - (entries.length - head) + 1
      if (counter < first - 1) return 'unknown'
      const start = head + counter + 1 - first
      return entries.slice(start, start + limit)
    },
    position: () => idOf(last),
    close() {
      listener = undefined
      entries = []
      times = []
      head = 0
    },
  }
}
