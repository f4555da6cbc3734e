import type { ChannelLike } from '../../../src/kit/env.js'
import type { Random } from './random.js'
import type { Tab } from './tab.js'

/** How long a message stays in the process of its sender: so much is lost if that dies. */
const LEAVING = 2

/**
 * BroadcastChannel (WHATWG HTML, section 9.5) for all tabs of an origin. What one sender says reaches each receiver in order;
 * what several say, in any. A message for a page in the back/forward cache evicts it.
 */
export class Channels {
  /** How long a message takes, in ms. */
  readonly delay: () => number
  /** Tabs that were in the back/forward cache with an open channel. */
  readonly evicted: Tab[] = []
  readonly #open = new Set<Endpoint>()

  constructor(delay: () => number) {
    this.delay = delay
  }

  /** The class for one tab. */
  of(tab: Tab): new (name: string) => ChannelLike {
    const channels = this
    const open = this.#open
    return class extends Endpoint {
      constructor(name: string) {
        super(name, tab, channels, open)
      }
    }
  }

  /** Somebody else writes into all of them: what no version of Holdfast would say. */
  disturb(random: Random): void {
    const message = random.pick<unknown>([
      null,
      'hello',
      { v: 1 },
      { v: 2, from: '0.5', kind: 'lead', term: 9e15, status: 'open' },
      { v: 1, from: '0.5', kind: 'lead', term: '9', status: 'open' },
      { v: 1, from: '0.5', kind: 'welcome', text: 'id: g9.9\ndata: 1\n\n' },
      { v: 1, from: '0.5', kind: 'batch', batch: 1, text: 'event: news\ndata: {"number":1}\n\n' },
      { v: 1, from: '0.5', kind: 'constructor' },
      { v: 1, from: '0.5', kind: 'resign' },
    ])
    for (const endpoint of this.#open) endpoint.take(message)
  }

  /** How many of a tab are open. */
  count(tab: Tab): number {
    return [...this.#open].filter((endpoint) => endpoint.tab === tab).length
  }
}

class Endpoint implements ChannelLike {
  onmessage: ((event: { data: unknown }) => void) | null = null
  readonly name: string
  readonly tab: Tab
  #closed = false
  /** When the last message left the sender's process. */
  #left = 0
  /** When the last message to each receiver arrives: none overtakes another. */
  readonly #arrivals = new Map<Endpoint, number>()
  readonly #channels: Channels
  readonly #open: Set<Endpoint>

  constructor(name: string, tab: Tab, channels: Channels, open: Set<Endpoint>) {
    this.name = name
    this.tab = tab
    this.#channels = channels
    this.#open = open
    open.add(this)
    tab.leave.add(() => this.close())
  }

  postMessage(message: unknown): void {
    if (this.#closed) throw new DOMException('The channel is closed.', 'InvalidStateError')
    const copy = structuredClone(message)
    const { clock } = this.tab
    const leaves = (this.#left = Math.max(this.#left, clock.now + this.tab.random.between(0, LEAVING)))
    let lost = false
    const forget = (crashed: boolean) => {
      lost = crashed && clock.now < leaves
    }
    this.tab.leave.add(forget)
    clock.after(LEAVING, () => this.tab.leave.delete(forget))
    for (const receiver of this.#open) {
      if (receiver === this || receiver.name !== this.name) continue
      const arrival = Math.max(this.#arrivals.get(receiver) ?? 0, clock.now + this.#channels.delay())
      this.#arrivals.set(receiver, arrival)
      clock.at(arrival, () => lost || receiver.take(copy))
    }
  }

  close(): void {
    this.#closed = true
    this.#open.delete(this)
  }

  take(message: unknown): void {
    if (this.#closed) return
    if (this.tab.condition === 'cached') {
      this.#channels.evicted.push(this.tab)
      this.tab.end(true)
    }
    this.tab.task('channel', () => {
      if (this.#closed) return
      this.onmessage?.({ data: structuredClone(message) })
    })
  }
}
