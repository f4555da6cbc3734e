import type { Audience, EventLog, Run } from './event-log.js'
import type { HistoryEntry, HistoryListener } from './history.js'
import type { Limits } from './limits.js'
import { Recent } from './recent.js'
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
export function hears(topics: ReadonlySet<string>, entry: Audience): boolean {
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
 * Entries get a sequence number of this process, and the newest are at hand: who fell behind a little, or joins
 * while something is published, goes on from there. What is published in one turn of the event loop is flushed together,
 * as text that is rendered once for all who hear the same topics.
 */
export class Feed implements HistoryListener {
  position = ''
  /** Of the newest that the members were given. */
  flushed = 0
  flushedPosition = ''

  readonly #recent: Recent
  readonly #report: (error: unknown) => void
  readonly #views = new Map<string, View>()
  readonly #waiting = new Set<FeedMember>()
  /** What the members have not been given. */
  #pending: HistoryEntry[] = []
  #pendingBytes = 0
  /** What is pending ends where a piece of the log does: it may be the whole of it. */
  #full = false
  #scheduled = false

  /** @param log where the history has its events, if it is in this process */
  constructor(limits: Limits, report: (error: unknown) => void, log?: EventLog) {
    this.#recent = new Recent(limits, log)
    this.#report = report
  }

  /** Of the newest entry that has come. */
  get sequence(): number {
    return this.#recent.sequence
  }

  /** Whether all that the history can read is at hand. */
  get whole(): boolean {
    return this.#recent.lent
  }

  start(position: string): void {
    this.position = this.flushedPosition = position
  }

  entries(entries: readonly HistoryEntry[]): void {
    for (const entry of entries) {
      this.#full = this.#recent.push(entry)
      this.#pending.push(entry)
      if (entry.id !== undefined) this.position = entry.id
      this.#pendingBytes += lengthOf(entry)
      // A burst reaches the clients while it goes on.
      if (this.#full || this.#pendingBytes >= PACKET) this.flush()
    }
    if (this.#pending.length > 0 && !this.#scheduled) {
      this.#scheduled = true
      schedule(() => {
        this.#scheduled = false
        this.flush()
      })
    }
  }

  gap(position: string): void {
    this.flush()
    this.#recent.clear()
    this.flushed = this.sequence
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
    if (this.#pending.length === 0) return
    const batch = this.#pending
    const before = this.flushed
    this.#pending = []
    this.flushed = this.sequence
    this.flushedPosition = this.position
    this.#pendingBytes = 0

    const principals = new Set<string>()
    let filtered = false
    for (const entry of batch) {
      if (entry.to !== undefined) principals.add(entry.to)
      if (entry.topic !== undefined) filtered = true
    }
    // All of it is one text in the log already.
    const run = this.#full && !filtered && principals.size === 0 ? this.#recent.run(before, () => true) : undefined
    const common = run?.count === batch.length ? { packets: [run.text], lastId: run.lastId } : undefined
    this.#give(batch, principals, filtered, common)
    for (const member of [...this.#waiting]) member.advance()
    this.#recent.trim()
  }

  /** @param common the batch for who hears everything that is for everybody, if it is rendered already */
  #give(
    batch: readonly HistoryEntry[],
    principals: ReadonlySet<string>,
    filtered: boolean,
    common: Rendered | undefined,
  ): void {
    let everybody = common
    for (const { topics, members } of this.#views.values()) {
      const rendered = filtered
        ? render(batch, (entry) => entry.to === undefined && hears(topics, entry))
        : (everybody ??= render(batch, (entry) => entry.to === undefined))
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

  /** At most `limit` entries after a sequence number; undefined if not all that follow it are here any more. */
  since(sequence: number, limit?: number): readonly HistoryEntry[] | undefined {
    return this.#recent.since(sequence, limit)
  }

  /** What is heard of the next entries after a sequence number, as one text; undefined where there is none at hand. */
  run(sequence: number, hears: (audience: Audience) => boolean): Run | undefined {
    return this.#recent.run(sequence, hears)
  }

  /** What is ephemeral after a sequence number, as far as it is here. */
  ephemeralSince(sequence: number): readonly HistoryEntry[] {
    return this.#recent.ephemeralSince(sequence)
  }

  /** The sequence number of a position; undefined if not all that follows it is here. */
  find(position: string): number | undefined {
    return this.#recent.find(position) ?? (position === this.position ? this.#recent.oldest : undefined)
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
}
