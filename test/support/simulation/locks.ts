import type { LocksLike } from '../../../src/kit/env.js'
import type { Random } from './random.js'
import type { Tab } from './tab.js'

interface Request {
  readonly tab: Tab
  readonly name: string
  readonly held: () => Promise<void>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  state: 'waiting' | 'granted' | 'over'
  /** When the latest word of it arrives. */
  told: number
}

/**
 * Web Locks (W3C) for all tabs of an origin, exclusive ones. The browser grants and takes; word of it takes a moment each way,
 * and waits in the tab's line of tasks.
 */
export class Locks {
  readonly #random: Random
  /** By name: who holds it, and behind them who waits. */
  readonly #lines = new Map<string, Request[]>()

  constructor(random: Random) {
    this.#random = random
  }

  /** `navigator.locks` of one tab. */
  of(tab: Tab): LocksLike {
    return {
      request: (name, options, held) =>
        new Promise((resolve, reject) => {
          const { signal, steal } = options
          if (signal && steal) throw new DOMException('signal and steal exclude each other.', 'NotSupportedError')
          if (signal?.aborted) throw signal.reason
          const request: Request = { tab, name, held, resolve, reject, state: 'waiting', told: 0 }
          signal?.addEventListener('abort', () => {
            if (request.state !== 'waiting') return
            request.state = 'over'
            reject(signal.reason)
            this.#soon(tab, () => this.#leave(request))
          })
          tab.leave.add((crashed) => {
            request.state = 'over'
            tab.clock.after(crashed ? this.#random.between(0, 100) : 0, () => this.#leave(request))
          })
          this.#soon(tab, () => (steal ? this.#steal(request) : this.#join(request)))
        }),
    }
  }

  /** Who holds it. */
  holder(name: string): Tab | undefined {
    return this.#lines.get(name)?.[0]?.tab
  }

  #line(name: string): Request[] {
    const line = this.#lines.get(name) ?? []
    this.#lines.set(name, line)
    return line
  }

  #join(request: Request): void {
    if (request.state === 'over') return
    const line = this.#line(request.name)
    line.push(request)
    if (line.length === 1) this.#grant(request)
  }

  #steal(request: Request): void {
    if (request.state === 'over') return
    const line = this.#line(request.name)
    const robbed = line.shift()
    line.unshift(request)
    this.#grant(request)
    if (robbed === undefined) return
    this.#tell(robbed, () => {
      robbed.state = 'over'
      robbed.reject(new DOMException('The lock was stolen.', 'AbortError'))
    })
  }

  #leave(request: Request): void {
    const line = this.#line(request.name)
    const index = line.indexOf(request)
    if (index < 0) return
    line.splice(index, 1)
    if (index === 0 && line[0]) this.#grant(line[0])
  }

  #grant(request: Request): void {
    this.#tell(request, () => {
      // Its signal was aborted while word of it was on its way.
      if (request.state === 'over') return
      request.state = 'granted'
      const held = (async () => request.held())()
      held.then(request.resolve, request.reject)
      const leave = () => this.#soon(request.tab, () => this.#leave(request))
      held.then(leave, leave)
    })
  }

  /** What the browser tells of one request arrives in its order. */
  #tell(request: Request, run: () => void): void {
    const { tab } = request
    request.told = Math.max(request.told, tab.clock.now + this.#random.between(0, 2))
    tab.clock.at(request.told, () => tab.task('lock', run))
  }

  #soon(tab: Tab, run: () => void): void {
    tab.clock.after(this.#random.between(0, 2), run)
  }
}
