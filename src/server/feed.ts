import type { HistoryEntry, HistoryListener } from './history.js'
import type { Limits } from './limits.js'
import { lengthOf, PACKET, type Rendered, render } from './render.js'

/** One client's stream, as the feed sees it. */
export interface FeedMember {
  readonly principal: string
  readonly topics: ReadonlySet<string>
  /** Equal for those who hear the same topics. */
  readonly view: string
  /** What was flushed, as far as it is for this member; not called where that is nothing. */
  push(rendered: Rendered): void
  /** Called after each flush while waiting. */
  advance(): void
  /** The feed lost its place. Who waits is ahead of it, maybe in what begins now: the history knows what follows. */
  cut(): void
}

/** A place in the feed: everything up to it has come. */
export interface Mark {
  readonly sequence: number
  readonly position: string
}

interface View {
  readonly topics: ReadonlySet<string>
  readonly members: Set<FeedMember>
}

/** Whether a client with these topics hears an entry, were it for everybody. */
export function hears(topics: ReadonlySet<string>, entry: HistoryEntry): boolean {
  return entry.topic === undefined || topics.has(entry.topic)
}

/** Looked up at use; runtimes without it get the end of the current task instead. */
function schedule(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task)
  else queueMicrotask(task)
}

/**
 * The live end of the history in this process.
 *
 * Entries get a sequence number of this process, and the newest stay in a ring: who fell behind a little, or joins
 * while something is published, goes on from there. What is published in one turn of the event loop is flushed together,
 * as text that is rendered once for all who hear the same topics.
 */
export class Feed implements HistoryListener {
  /** Of the newest entry that has come. */
  sequence = 0
  position = ''
  /** Of the newest that the members were given. */
  flushed = 0
  flushedPosition = ''

  readonly #limits: Limits
  readonly #report: (error: unknown) => void
  readonly #views = new Map<string, View>()
  readonly #waiting = new Set<FeedMember>()
  #ring: HistoryEntry[] = []
  #head = 0
  #bytes = 0
  #pendingBytes = 0
  #scheduled = false

  constructor(limits: Limits, report: (error: unknown) => void) {
    this.#limits = limits
    this.#report = report
  }

  start(position: string): void {
    this.position = this.flushedPosition = position
  }

  entries(entries: readonly HistoryEntry[]): void {
    for (const entry of entries) {
      this.#ring.push(entry)
      this.sequence += 1
      if (entry.id !== undefined) this.position = entry.id
      const length = lengthOf(entry)
      this.#bytes += length
      this.#pendingBytes += length
      // A burst reaches the clients while it goes on, and the ring always holds what is pending.
      if (this.#pendingBytes >= PACKET || this.sequence - this.flushed >= this.#limits.recentEvents) this.flush()
    }
    if (this.flushed !== this.sequence && !this.#scheduled) {
      this.#scheduled = true
      schedule(() => {
        this.#scheduled = false
        this.flush()
      })
    }
  }

  gap(position: string): void {
    this.flush()
    this.#ring = []
    this.#head = 0
    this.#bytes = 0
    // A number that stands for what was lost: a mark from before it is no longer in the ring.
    this.sequence = this.flushed = this.sequence + 1
    this.position = this.flushedPosition = position
    const members = [...this.#views.values()].flatMap((view) => [...view.members])
    for (const member of [...members, ...this.#waiting]) member.cut()
  }

  error(error: unknown): void {
    this.#report(error)
  }

  mark(): Mark {
    return { sequence: this.sequence, position: this.position }
  }

  /** Gives the members what has come since the last time. */
  flush(): void {
    if (this.flushed === this.sequence) return
    const batch = this.since(this.flushed) ?? []
    this.flushed = this.sequence
    this.flushedPosition = this.position
    this.#pendingBytes = 0

    const principals = new Set<string>()
    let filtered = false
    for (const entry of batch) {
      if (entry.to !== undefined) principals.add(entry.to)
      if (entry.topic !== undefined) filtered = true
    }
    this.#give(batch, principals, filtered)
    for (const member of [...this.#waiting]) member.advance()
    this.#trim()
  }

  #give(batch: readonly HistoryEntry[], principals: ReadonlySet<string>, filtered: boolean): void {
    let common: Rendered | undefined
    for (const { topics, members } of this.#views.values()) {
      const rendered = filtered
        ? render(batch, (entry) => entry.to === undefined && hears(topics, entry))
        : (common ??= render(batch, (entry) => entry.to === undefined))
      if (principals.size === 0) {
        if (rendered.packets.length > 0) for (const member of members) member.push(rendered)
        continue
      }
      for (const member of members) {
        const { principal } = member
        // Who is addressed alone gets a text of its own.
        const own = principals.has(principal)
          ? render(batch, (entry) => (entry.to ?? principal) === principal && hears(topics, entry))
          : rendered
        if (own.packets.length > 0) member.push(own)
      }
    }
  }

  /** The entries after a sequence number; undefined if the ring no longer has them all. */
  since(sequence: number): readonly HistoryEntry[] | undefined {
    const skip = sequence - this.oldest
    return skip < 0 ? undefined : this.#ring.slice(this.#head + skip)
  }

  /** The sequence number of a position; undefined if the ring does not have all that follows it. */
  find(position: string): number | undefined {
    for (let index = this.#ring.length - 1; index >= this.#head; index -= 1)
      if (this.#ring[index]?.id === position) return this.sequence - (this.#ring.length - 1 - index)
    return position === this.position ? this.oldest : undefined
  }

  /** The lowest sequence number that `since` can begin after. */
  get oldest(): number {
    return this.sequence - (this.#ring.length - this.#head)
  }

  /** From now on, after `flushed`. The feed must be flushed. */
  add(member: FeedMember): void {
    const view = this.#views.get(member.view)
    if (view) view.members.add(member)
    else this.#views.set(member.view, { topics: member.topics, members: new Set([member]) })
  }

  /** Wants to know of each flush. */
  wait(member: FeedMember): void {
    this.#waiting.add(member)
  }

  remove(member: FeedMember): void {
    this.#waiting.delete(member)
    const view = this.#views.get(member.view)
    if (view?.members.delete(member) && view.members.size === 0) this.#views.delete(member.view)
  }

  #trim(): void {
    const { recentEvents, recentBytes } = this.#limits
    while (
      this.#head < this.#ring.length &&
      (this.#ring.length - this.#head > recentEvents || this.#bytes > recentBytes)
    ) {
      const oldest = this.#ring[this.#head]
      if (oldest !== undefined) this.#bytes -= lengthOf(oldest)
      this.#head += 1
    }
    // Moving what is left costs as much as it frees: each entry moves once.
    if (this.#head > 16 && this.#head * 2 > this.#ring.length) {
      this.#ring = this.#ring.slice(this.#head)
      this.#head = 0
    }
  }
}
