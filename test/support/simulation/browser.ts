import type { Env } from '../../../src/kit/env.js'
import { Channels } from './channels.js'
import type { Clock } from './clock.js'
import { Locks } from './locks.js'
import { Network, type Server } from './network.js'
import type { Random } from './random.js'
import { Tab } from './tab.js'

export interface BrowserOptions {
  readonly locks: boolean
  readonly channels: 'work' | 'missing' | 'throw'
  readonly locksWhileFrozen: boolean
}

type PageEvent = { persisted?: boolean }

class Listeners {
  readonly #listeners = new Map<string, Set<(event: PageEvent) => void>>()
  addEventListener = (type: string, listener: (event: PageEvent) => void) => {
    const set = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, set.add(listener))
  }
  removeEventListener = (type: string, listener: (event: PageEvent) => void) => {
    this.#listeners.get(type)?.delete(listener)
  }
  dispatch(type: string, event: PageEvent = {}): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event)
  }
}

/** A tab with a page in it, and the platform that the page sees. */
export interface OpenTab {
  readonly tab: Tab
  readonly env: Env
  readonly window: Listeners
  readonly document: Listeners & { visibilityState: string }
}

const EPOCH = Date.UTC(2026, 10, 20, 12)

/** One browser with tabs of one origin, on one machine. */
export class Browser {
  readonly channels: Channels
  readonly locks: Locks
  readonly network: Network
  /** What its machine's clock is off by, in ms. */
  skew = 0
  /** What pages threw where nobody caught it. */
  readonly errors: unknown[] = []
  readonly clock: Clock
  readonly #random: Random
  readonly #options: BrowserOptions
  readonly #storage = new Map<string, string>()

  constructor(clock: Clock, random: Random, server: Server, options: BrowserOptions) {
    this.clock = clock
    this.#random = random
    this.#options = options
    const traffic = random.fork()
    this.channels = new Channels(() => (traffic.chance(0.05) ? traffic.between(5, 60) : traffic.between(0.05, 5)))
    this.locks = new Locks(random.fork())
    this.network = new Network(server, random.fork())
  }

  open(name: string): OpenTab {
    const { clock, network } = this
    const random = this.#random.fork()
    const tab = new Tab(name, clock, random)
    tab.locksWhileFrozen = this.#options.locksWhileFrozen
    const window = new Listeners()
    const document = Object.assign(new Listeners(), { visibilityState: 'visible', baseURI: 'http://app.test/' })
    const env: Env = {
      fetch: network.fetchOf(tab),
      WebSocket: network.webSocketOf(tab),
      setTimeout: (run, delay) => tab.setTimeout(run, delay),
      clearTimeout: (timer) => tab.clearTimeout(timer),
      queueMicrotask,
      reportError: (error) => this.errors.push(error),
      Date: { now: () => Math.floor(EPOCH + clock.now + this.skew) },
      Math: { random: () => random.next() },
      crypto: {
        getRandomValues: (bytes) => {
          for (let index = 0; index < bytes.length; index++) bytes[index] = random.below(256)
          return bytes
        },
      },
      localStorage: {
        getItem: (key) => this.#storage.get(key) ?? null,
        setItem: (key, value) => void this.#storage.set(key, value),
      },
      document,
      location: { href: 'http://app.test/' },
      navigator: this.#options.locks ? { locks: this.locks.of(tab) } : {},
      BroadcastChannel: this.#channelsOf(tab),
      addEventListener: window.addEventListener,
      removeEventListener: window.removeEventListener,
    }
    return { tab, env, window, document }
  }

  #channelsOf(tab: Tab): Env['BroadcastChannel'] {
    if (this.#options.channels === 'missing') return undefined
    if (this.#options.channels === 'work') return this.channels.of(tab)
    return class {
      onmessage = null
      constructor() {
        throw new DOMException('Access is denied for this document.', 'SecurityError')
      }
      postMessage(): void {}
      close(): void {}
    }
  }
}
