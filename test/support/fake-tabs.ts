import { type ChannelLike, type Env, type LocksLike, platform } from '../../src/kit/env.js'

/** One browser whose tabs share channels and locks. A test plays any of the tabs by a channel of its own. */
export interface FakeBrowser {
  /** The platform of one more tab; what is given stands in place of what there is otherwise. */
  tab(more?: Partial<Env>): Env & { stopped: boolean }
  /** A channel in the hands of a test: what was said on it, and a way to speak. */
  listen(): { said: Record<string, unknown>[]; say(message: object): void; last(kind: string): Record<string, unknown> }
}

/** A tab that is stopped hears nothing; when it goes on it hears all that was said meanwhile. */
class Tab {
  readonly backlog: (() => void)[] = []
  #stopped = false
  get stopped(): boolean {
    return this.#stopped
  }
  set stopped(stopped) {
    this.#stopped = stopped
    if (!stopped) for (const deliver of this.backlog.splice(0)) deliver()
  }
}

interface Held {
  release(): void
  lose(error: Error): void
}

export function fakeBrowser({ locks = true } = {}): FakeBrowser {
  const channels = new Set<Channel>()
  const queue: { take(): Held }[] = []
  let held: Held | undefined
  let name = ''

  class Channel implements ChannelLike {
    onmessage: ((event: never) => void) | null = null
    readonly #tab: Tab
    constructor(tab: Tab) {
      this.#tab = tab
      channels.add(this)
    }
    postMessage(message: unknown): void {
      const data = structuredClone(message)
      for (const other of channels) {
        if (other !== this) queueMicrotask(() => channels.has(other) && other.hear(data))
      }
    }
    hear(data: unknown): void {
      const event = { data }
      const deliver = () => this.onmessage?.(event as never)
      if (this.#tab.stopped) this.#tab.backlog.push(deliver)
      else deliver()
    }
    close(): void {
      channels.delete(this)
    }
  }

  const next = () => {
    held = undefined
    held = queue.shift()?.take()
  }
  const locksOfBrowser: LocksLike = {
    request: (_, { signal, steal }, callback) =>
      new Promise((resolve, reject) => {
        const take = () => {
          const mine: Held = { release: () => held === mine && next(), lose: reject }
          queueMicrotask(() =>
            callback().then(() => {
              resolve(undefined)
              mine.release()
            }),
          )
          return mine
        }
        const waiting = { take }
        signal?.addEventListener('abort', () => {
          const index = queue.indexOf(waiting)
          if (index >= 0) queue.splice(index, 1)
          reject(new DOMException('aborted', 'AbortError'))
        })
        if (steal) {
          held?.lose(new DOMException('stolen', 'AbortError'))
          held = take()
        } else if (held) queue.push(waiting)
        else held = take()
      }),
  }

  return {
    tab(more = {}) {
      const state = new Tab()
      const navigator = { onLine: true, locks: locks ? locksOfBrowser : undefined }
      class OwnChannel extends Channel {
        constructor(wanted: string) {
          super(state)
          name = wanted
        }
      }
      const own: Record<PropertyKey, unknown> = {
        BroadcastChannel: OwnChannel,
        navigator,
        addEventListener() {},
        removeEventListener() {},
        ...more,
      }
      // The rest is the platform's, looked up at each use: fake timers come and go.
      const target: Env & { stopped: boolean } = Object.create(platform)
      return new Proxy(target, {
        set: (_, key, value) => Reflect.set(state, key, value, state),
        get(_, key) {
          if (key in state) return Reflect.get(state, key, state)
          if (Object.hasOwn(own, key)) return own[key]
          const value: unknown = Reflect.get(globalThis, key)
          return typeof value === 'function' && /^[a-z]/.test(String(key)) ? value.bind(globalThis) : value
        },
      })
    },
    listen() {
      const said: Record<string, unknown>[] = []
      const channel = new Channel(new Tab())
      channel.onmessage = ({ data }: { data: Record<string, unknown> }) => said.push(data)
      return {
        said,
        say: (message) => channel.postMessage({ v: 1, from: 'test', ...message }),
        last(kind) {
          const message = said.findLast((one) => one.kind === kind)
          if (!message) throw new Error(`nobody said ${kind} on ${name}`)
          return message
        },
      }
    },
  }
}
