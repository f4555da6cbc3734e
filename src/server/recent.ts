import { type Audience, EventLog, type Run } from './event-log.js'
import type { HistoryEntry } from './history.js'
import type { Limits } from './limits.js'

/** What is ephemeral: in no log, since nobody hears it who comes later. */
interface Ephemeral {
  readonly entry: HistoryEntry
  readonly sequence: number
  /** The number in the log of the event that follows it. */
  readonly number: number
}

/**
 * The newest entries of a feed, for who fell behind a little. All have a sequence number of this process, what is stored and
 * what is ephemeral: for each event in the log it is its number there, and one more for each ephemeral one before it.
 */
export class Recent {
  readonly #limits: Limits
  /** Whether somebody else fills the log, and keeps it small. */
  lent: boolean
  #log: EventLog
  #ephemeral: Ephemeral[] = []
  #bytes = 0
  /** How many ephemeral ones were forgotten, and the sequence number of the last of them. */
  #forgotten = 0
  #forgottenUntil = 0

  /** @param log the history's own, which has an event before it is pushed here */
  constructor(limits: Limits, log?: EventLog) {
    this.#limits = limits
    this.lent = log !== undefined
    this.#log = log ?? new EventLog(1)
  }

  /** Of the newest entry. */
  get sequence(): number {
    return this.#log.next - 1 + this.#forgotten + this.#ephemeral.length
  }

  /** The lowest sequence number that `since` can begin after. */
  get oldest(): number {
    const { oldest } = this.#log
    const before = this.#ephemeral.findIndex(({ number }) => number >= oldest)
    const stored = oldest - 1 + this.#forgotten + (before < 0 ? this.#ephemeral.length : before)
    return Math.max(stored, this.#forgottenUntil)
  }

  /** @returns whether a piece of the log is full: it is best given on by itself */
  push(entry: HistoryEntry): boolean {
    if (entry.id === undefined) {
      this.#ephemeral.push({ entry, sequence: this.sequence + 1, number: this.#log.next })
      this.#bytes += entry.text.length
      return false
    }
    if (!this.lent) this.#log.push(entry)
    return this.#log.begin === this.#log.next
  }

  /** What is heard of the next entries after a sequence number, as one text; undefined where they are not in one piece of the log. */
  run(sequence: number, hears: (audience: Audience) => boolean): Run | undefined {
    if (sequence < this.#forgottenUntil) return undefined
    const place = this.#placeAfter(sequence)
    const limit = (this.#ephemeral[place]?.sequence ?? Number.POSITIVE_INFINITY) - sequence - 1
    return this.#log.run(sequence + 1 - this.#forgotten - place, limit, hears)
  }

  /** At most `limit` entries after a sequence number; undefined if not all that follow it are here any more. */
  since(sequence: number, limit: number = Number.POSITIVE_INFINITY): readonly HistoryEntry[] | undefined {
    if (sequence < this.oldest) return undefined
    let place = this.#placeAfter(sequence)
    const stored = this.#log.from(sequence + 1 - this.#forgotten - place, limit)
    if (place === this.#ephemeral.length) return stored
    const entries: HistoryEntry[] = []
    const end = Math.min(this.sequence, sequence + limit)
    for (let next = sequence + 1, taken = 0; next <= end; next += 1) {
      const ephemeral = this.#ephemeral[place]
      const entry = ephemeral?.sequence === next ? ephemeral.entry : stored[taken]
      if (entry === undefined) break
      entries.push(entry)
      if (ephemeral?.sequence === next) place += 1
      else taken += 1
    }
    return entries
  }

  /** What is ephemeral after a sequence number, as far as it is here. */
  ephemeralSince(sequence: number): HistoryEntry[] {
    return this.#ephemeral.slice(this.#placeAfter(sequence)).map(({ entry }) => entry)
  }

  /** The sequence number of a position; undefined if it is not here. */
  find(position: string): number | undefined {
    const number = this.#log.find(position)
    if (number === undefined) return undefined
    const before = this.#ephemeral.findLastIndex((ephemeral) => ephemeral.number <= number) + 1
    return number + this.#forgotten + before
  }

  /** Forgets everything, and one number: a sequence number from before is too old. */
  clear(): void {
    while (this.#ephemeral.length > 0) this.#forget()
    this.#log = new EventLog(this.#log.next + 1)
    this.lent = false
  }

  trim(): void {
    const { recentEvents, recentBytes } = this.#limits
    const log = this.#log
    if (!this.lent) while (log.next - log.oldest > recentEvents || log.size > recentBytes) log.shift()
    while (this.#ephemeral.length > recentEvents || this.#bytes > recentBytes) this.#forget()
  }

  /** The place of the first ephemeral one after a sequence number. */
  #placeAfter(sequence: number): number {
    return this.#ephemeral.findLastIndex((ephemeral) => ephemeral.sequence <= sequence) + 1
  }

  /** Forgets the oldest ephemeral one. */
  #forget(): void {
    const oldest = this.#ephemeral.shift()
    if (oldest === undefined) return
    this.#bytes -= oldest.entry.text.length
    this.#forgotten += 1
    this.#forgottenUntil = oldest.sequence
  }
}
