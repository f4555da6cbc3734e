import type { Authorization } from './authorization.js'
import { controlBlock, cursorBlock } from './blocks.js'
import type { Recipient } from './carrier.js'
import type { Core } from './core.js'
import type { Audience, Run } from './event-log.js'
import { type FeedMember, hears, type Mark } from './feed.js'
import type { HistoryEntry } from './history.js'
import { blockOf, PACKET, type Rendered } from './render.js'

/** Entries per read of the history. */
export const PAGE = 512

/**
 * One client's stream from one `ready` to the next: first from the history, then live, without a seam.
 *
 * Reading takes time, while the feed goes on. Where the two meet is found by looking for the last entry that was read among those that
 * came since the read began: one that finds the end gets as far as the feed was. From there to `feed.add` everything is synchronous.
 */
export class Subscriber implements FeedMember {
  readonly principal: string
  readonly topics: ReadonlySet<string>
  readonly view: string
  /** `waiting`: the history is ahead of the feed. `slow`: the carrier is full; the history keeps what is missed. */
  state: 'joining' | 'waiting' | 'live' | 'slow' | 'stopped' = 'joining'

  readonly #core: Core
  readonly #recipient: Recipient
  /** The last id that the client was given. */
  #told = ''
  /** Everything up to here was written, or is not for this client. While live it is the feed's. */
  #position = ''
  /** The same as a place in the feed; undefined where only the position is known. */
  #sequence: number | undefined
  /** What is ephemeral up to here was heard before, or was too early. */
  #heard: number
  /** Where the feed was when a read began. Let go of while live, as most are for hours. */
  #mark: Mark | undefined
  #reason: 'history' | 'slow' = 'history'

  /** @param parked the sequence number after which what is ephemeral is new to the client; by default from now on */
  constructor(core: Core, recipient: Recipient, { principal, topics }: Authorization, parked?: number) {
    this.#core = core
    this.#recipient = recipient
    this.principal = principal
    this.topics = topics
    this.view = topics.size === 0 ? '[]' : JSON.stringify([...topics].sort())
    this.#heard = parked ?? core.feed.sequence
  }

  /**
   * Begins the stream after `cursor`, or now. `ready` is called once, when it is known where that is, and writes the block;
   * events follow. A history that is far is asked only for what the feed has not. Rejects if it cannot be read.
   */
  async join(cursor: string | undefined, ready: (position: string, gap: boolean) => void): Promise<void> {
    const { feed, history } = this.#core
    this.#mark = feed.mark()
    const place = cursor !== undefined && (history.remote || feed.whole) ? feed.find(cursor) : undefined
    const page = cursor === undefined || place !== undefined ? undefined : await history.read(cursor, PAGE)
    if (this.state !== 'joining') return
    feed.flush()
    const known = cursor !== undefined && page !== 'unknown'
    this.#position = this.#told = known ? cursor : feed.position
    ready(this.#position, page === 'unknown')
    this.#unpark()
    if (!known) return this.#reach('live')
    if (place === undefined || !this.#follow(place)) await this.#catchUp(page)
  }

  /** The sequence number up to which what is ephemeral was given to the client. */
  get heard(): number {
    return this.state === 'live' ? this.#core.feed.flushed : this.#heard
  }

  stop(): void {
    this.#leave('stopped')
  }

  /** The feed's hot path. */
  push(rendered: Rendered): void {
    try {
      for (const packet of rendered.packets) this.#recipient.carrier.write(packet)
      if (rendered.lastId !== undefined) this.#told = rendered.lastId
      if (this.#full) this.#leave('slow')
    } catch (error) {
      this.#leave('stopped')
      this.#recipient.broken(error)
    }
  }

  /** Moves the client's cursor over what was not for it. Returns whether there was anything to say. */
  tell(): boolean {
    return this.#reached !== this.#told && this.conclude()
  }

  /** Says up to where everything was written; nothing where that is only a part of what there is. Returns whether it did. */
  conclude(): boolean {
    if (this.state !== 'live' && this.state !== 'waiting') return false
    this.#recipient.carrier.greet(cursorBlock((this.#told = this.#reached)))
    return true
  }

  /** What was queued has left. */
  drained(): void {
    if (this.state !== 'slow' || this.#full) return
    this.state = 'joining'
    this.#reason = 'slow'
    this.#core.feed.flush()
    if (this.#sequence === undefined || !this.#follow(this.#sequence)) this.#resume()
  }

  advance(): void {
    this.#leave('joining')
    if (!this.#meet()) this.#resume()
  }

  cut(): void {
    const ahead = this.state === 'waiting'
    this.#leave('joining')
    if (ahead) this.#resume()
    else this.#gap('history')
  }

  get #reached(): string {
    return this.state === 'live' ? this.#core.feed.flushedPosition : this.#position
  }

  get #full(): boolean {
    return this.#recipient.carrier.queued > this.#core.limits.queuedBytes
  }

  /** Reads on where the position is, outside of a join. */
  #resume(): void {
    this.#catchUp().catch((error) => {
      this.#leave('stopped')
      this.#recipient.broken(error)
    })
  }

  async #catchUp(first?: readonly HistoryEntry[]): Promise<void> {
    const { feed, history } = this.#core
    let page: readonly HistoryEntry[] | 'unknown' | undefined = first
    for (;;) {
      if (page === undefined) {
        this.#mark = feed.mark()
        page = await history.read(this.#position, PAGE)
        if (this.state !== 'joining') return
      }
      if (page === 'unknown') return this.#gap(this.#reason)
      this.#sequence = undefined
      this.#serve(page, 0)
      if (this.#full) return this.#leave('slow')
      if (page.length < PAGE && this.#meet()) return
      page = undefined
    }
  }

  /** Finds the position in the feed and goes on from there. False where the feed has gone too far meanwhile: read again. */
  #meet(): boolean {
    const { feed } = this.#core
    feed.flush()
    const mark = this.#mark
    const since = mark && feed.since(mark.sequence)
    if (!mark || !since) return false
    const index = since.findIndex((entry) => entry.id === this.#position)
    if (index >= 0 || this.#position === mark.position) return this.#follow(mark.sequence + index + 1)
    this.#reach('waiting')
    return true
  }

  /** Goes on from a place in the feed, which must be flushed. False if the feed no longer has what follows. */
  #follow(sequence: number): boolean {
    const { feed } = this.#core
    this.#sequence = sequence
    for (;;) {
      const run = feed.run(this.#sequence, (audience) => this.#sees(audience))
      const entries = run ? [] : feed.since(this.#sequence, PAGE)
      if (entries === undefined) return false
      this.#sequence += run ? this.#pass(run) : this.#serve(entries, this.#sequence)
      if (this.#full) this.#leave('slow')
      else if (run || entries.length === PAGE) continue
      else this.#reach('live')
      return true
    }
  }

  /**
   * Writes what is for this client, until the carrier is full. Returns how many entries were dealt with.
   * @param sequence of the entry before the first, where they come from the feed
   */
  #serve(entries: readonly HistoryEntry[], sequence: number): number {
    let text = ''
    for (const [index, entry] of entries.entries()) {
      if (this.#sees(entry) && (entry.id !== undefined || sequence + index >= this.#heard)) {
        text += blockOf(entry)
        this.#told = entry.id ?? this.#told
      }
      this.#position = entry.id ?? this.#position
      if (text.length >= PACKET) {
        this.#recipient.carrier.write(text)
        text = ''
        if (this.#full) return index + 1
      }
    }
    if (text !== '') this.#recipient.carrier.write(text)
    return entries.length
  }

  #pass({ text, count, lastId, heardId = this.#told }: Run): number {
    if (text !== '') this.#recipient.carrier.write(text)
    this.#told = heardId
    this.#position = lastId
    return count
  }

  #sees(audience: Audience): boolean {
    return (audience.to ?? this.principal) === this.principal && hears(this.topics, audience)
  }

  /** What was ephemeral while the client was between two polls, or while its hello was dealt with. */
  #unpark(): void {
    const missed = this.#core.feed.ephemeralSince(this.#heard).filter((entry) => this.#sees(entry))
    if (missed.length > 0) this.#recipient.carrier.write(missed.map(({ text }) => text).join(''))
    this.#heard = this.#core.feed.sequence
  }

  #reach(state: 'live' | 'waiting'): void {
    this.state = state
    if (state === 'live') this.#mark = undefined
    this.#core.feed[state === 'live' ? 'add' : 'wait'](this)
    this.#recipient.carrier.caughtUp?.()
  }

  #gap(reason: 'history' | 'slow'): void {
    const { feed } = this.#core
    feed.flush()
    this.#position = this.#told = feed.position
    this.#recipient.carrier.write(controlBlock('gap', { reason }, feed.position))
    this.#reach('live')
  }

  #leave(state: 'slow' | 'stopped' | 'joining'): void {
    const { feed } = this.#core
    if (this.state === 'live') {
      this.#position = feed.flushedPosition
      this.#sequence = this.#heard = feed.flushed
    }
    feed.remove(this)
    this.state = state
  }
}
