import type { ChannelLike, Env, WebSocketLike } from '../kit/env.js'
import { Locks } from './locks.js'

/** One tab of a simulated browser. */
export interface SimulatedTab {
  /** Its platform: `connect(url, { env: tab.env, share: tabs({ identity }) })`. */
  readonly env: Env
  /**
   * It dies without a word, as a tab that crashes: none of its code runs any more, what it had open is cut, and its locks
   * are free. Twice is once.
   */
  kill(): void
}

/** So many tabs: `const [first, second] = simulatedTabs(2)`. */
export type SimulatedTabs<Count extends number, Tabs extends SimulatedTab[] = []> = number extends Count
  ? SimulatedTab[]
  : Tabs['length'] extends Count
    ? Tabs
    : SimulatedTabs<Count, [...Tabs, SimulatedTab]>

/**
 * Tabs of one browser in one test: they share channels and locks among themselves, and with nobody else. Their network,
 * clock and storage are those of the test, so msw and fake timers work as ever.
 *
 * @throws {RangeError} for a number of tabs that cannot be
 */
export function simulatedTabs<Count extends number>(count: Count): SimulatedTabs<Count>
export function simulatedTabs(count: number): SimulatedTab[] {
  if (!(Number.isInteger(count) && count > 0))
    throw new RangeError('simulatedTabs: count must be a whole number of at least 1.')
  const channels: Channels = new Map()
  const locks = new Locks()
  return Array.from({ length: count }, () => new Tab(channels, locks))
}

type Channels = Map<string, Set<Channel>>

class Tab implements SimulatedTab {
  readonly env: Env
  readonly #locks: Locks
  /** Aborts when it dies. */
  readonly #life = new AbortController()

  constructor(channels: Channels, locks: Locks) {
    this.#locks = locks
    this.env = createEnv(channels, locks.of(this), this.#life.signal)
  }

  kill(): void {
    this.#life.abort()
    this.#locks.release(this)
  }
}

/** The platform of the test, looked up at each use, as one tab sees it. */
function createEnv(channels: Channels, locks: NonNullable<Env['navigator']>['locks'], life: AbortSignal): Env {
  const alive = (task: () => void) => () => {
    if (!life.aborted) task()
  }
  return {
    fetch: (input, init) => globalThis.fetch(input, { ...init, signal: either(life, init?.signal) }),
    get WebSocket() {
      return mortal(globalThis.WebSocket, life)
    },
    setTimeout: (handler, delay) => globalThis.setTimeout(alive(handler), delay),
    clearTimeout: (timer) => globalThis.clearTimeout(timer as number),
    queueMicrotask: (task) => globalThis.queueMicrotask(alive(task)),
    reportError: (error) => globalThis.reportError?.(error),
    get Date() {
      return globalThis.Date
    },
    get Math() {
      return globalThis.Math
    },
    get crypto() {
      return globalThis.crypto
    },
    get localStorage() {
      return globalThis.localStorage
    },
    get location() {
      return globalThis.location
    },
    document: new Page(),
    navigator: { onLine: true, locks },
    BroadcastChannel: class extends Channel {
      constructor(name: string) {
        super(channels, name, life)
      }
    },
    addEventListener() {},
    removeEventListener() {},
  }
}

/** A document that somebody looks at, for as long as the tab is there. */
class Page {
  readonly visibilityState = 'visible'
  get baseURI(): string | undefined {
    return globalThis.document?.baseURI
  }
}

/** Aborts with either. What the platform has for it is missing in some simulated documents. */
function either(life: AbortSignal, other: AbortSignal | null | undefined): AbortSignal {
  const controller = new AbortController()
  for (const signal of [life, other]) {
    if (signal?.aborted) controller.abort()
    signal?.addEventListener('abort', () => controller.abort(), { once: true })
  }
  return controller.signal
}

/** WebSockets that die with their tab: its code hears nothing of it, and the server that the line is cut. */
function mortal(Platform: Env['WebSocket'], life: AbortSignal): Env['WebSocket'] {
  const make = (url: string): WebSocketLike => {
    const socket = new Platform(url)
    life.addEventListener('abort', () => {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close()
    })
    return socket
  }
  return new Proxy(Platform, { construct: (_, [url]: [string]) => make(url) })
}

class Channel implements ChannelLike {
  onmessage: ((event: never) => void) | null = null
  readonly #peers: Set<Channel>
  readonly #life: AbortSignal

  constructor(channels: Channels, name: string, life: AbortSignal) {
    this.#peers = channels.get(name) ?? new Set()
    channels.set(name, this.#peers.add(this))
    this.#life = life
    life.addEventListener('abort', () => this.close())
  }

  postMessage(message: unknown): void {
    if (this.#life.aborted) return
    const event = { data: structuredClone(message) }
    for (const peer of this.#peers) {
      if (peer !== this) queueMicrotask(() => this.#peers.has(peer) && peer.onmessage?.(event as never))
    }
  }

  close(): void {
    this.#peers.delete(this)
  }
}
