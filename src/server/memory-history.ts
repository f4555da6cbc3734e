import { EventLog } from './event-log.js'
import type { History, HistoryEntry, HistoryItem, HistoryListener } from './history.js'
import type { Limits } from './limits.js'
import { randomText } from './random.js'

/** How much a history in memory keeps. Each is a number of at least 0. */
export interface MemoryHistoryOptions {
  /** Events that are kept. Default 100,000. */
  maxEvents?: number
  /**
   * What is kept, as it is written, ids included, in UTF-16 code units (of ASCII: bytes), with 16 more for each event, and
   * about 100 more for one that has a topic or is for one principal. Default 33,554,432 (32 MiB).
   */
  maxBytes?: number
  /** How long an event is kept, in ms. Default 600,000 (10 minutes). */
  maxAge?: number
}

/**
 * Characters, so that an id has at most 12 in all for the first 60 million events. V8 does not copy a longer one out of the frame that
 * brought it: a page that keeps an event's id, as each does for its cursor, would keep all of that frame.
 */
const GENERATION = 6

/** What an event costs beside its text: where it ends, and when it came. */
const OVERHEAD = 16

/**
 * A class and no literal: V8 has an eye on the objects of a literal, and when most of the few that it has seen were still in
 * use, as in the middle of a burst, it takes all later ones for long-lived, for good. That made publishing half as dear again.
 */
class Entry implements HistoryEntry {
  readonly id: string | undefined
  readonly topic: string | undefined
  readonly to: string | undefined
  readonly text: string

  constructor(id: string | undefined, { topic, to, text }: HistoryItem) {
    this.id = id
    this.topic = topic
    this.to = to
    this.text = text
  }
}

/** A history as it was made, and how much it keeps. */
interface Made {
  readonly log: EventLog
  readonly methods: History
  readonly keeps: Required<MemoryHistoryOptions>
}

const made = new WeakMap<History, Made>()

/**
 * Where a history has all its events, if it is as {@link memoryHistory} made it, and keeps no less than a feed does. An event is
 * in there before it is fed, and what it feeds is there as well: so nobody else has to keep it. Who has put something else in
 * place of one of its methods means it.
 */
export function logOf(history: History, { recentEvents, recentBytes, stalled }: Limits): EventLog | undefined {
  const known = made.get(history)
  if (known === undefined) return undefined
  const { log, methods, keeps } = known
  const unchanged = Object.entries(methods).every(([name, method]) => Reflect.get(history, name) === method)
  const enough = keeps.maxEvents >= recentEvents && keeps.maxBytes >= recentBytes && keeps.maxAge >= stalled
  return unchanged && enough ? log : undefined
}

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

  const generation = `${randomText(GENERATION)}.`
  let listener: HistoryListener | undefined
  const idOf = (counter: number) => generation + counter.toString(36)
  // The number of an event is the counter in its id.
  const log = new EventLog(1, {
    idOf,
    numberOf(id) {
      expire(Date.now())
      const counter = id.startsWith(generation) ? Number.parseInt(id.slice(generation.length), 36) : Number.NaN
      return idOf(counter) === id && counter < log.next ? counter : undefined
    },
  })
  /** When each event of the log came, from `head` on. */
  let times: number[] = []
  let head = 0

  const position = () => idOf(log.next - 1)
  const expire = (now: number) => {
    const limit = now - maxAge
    for (;;) {
      const count = log.next - log.oldest
      if (count === 0) break
      if (count <= maxEvents && log.size + count * OVERHEAD <= maxBytes && (times[head] ?? 0) >= limit) break
      log.shift()
      head += 1
    }
    // Moving what is left costs as much as it frees: amortised, each moves once.
    if (head > 16 && head * 2 > times.length) {
      times = times.slice(head)
      head = 0
    }
  }

  const history: History = {
    open(given) {
      listener = given
      return position()
    },
    append(item: HistoryItem) {
      const now = Date.now()
      const id = idOf(log.next)
      const entry = new Entry(id, item)
      log.push(entry)
      times.push(now)
      expire(now)
      listener?.entries([entry])
      return id
    },
    announce(item) {
      listener?.entries([new Entry(undefined, item)])
    },
    read(after, limit) {
      const number = log.find(after)
      return number === undefined ? 'unknown' : log.from(number + 1, limit)
    },
    position,
    close() {
      listener = undefined
      while (log.oldest < log.next) log.shift()
      times = []
      head = 0
    },
  }
  made.set(history, { log, methods: { ...history }, keeps: { maxEvents, maxBytes, maxAge } })
  return history
}
