import type { LocksLike } from '../kit/env.js'

interface Request {
  readonly tab: object
  /** Called when the lock is granted. */
  take(): void
  /** Called when somebody else steals it, or the tab dies. */
  lose(name: 'AbortError', why: string): void
}

/** The locks of one browser (W3C Web Locks), as far as tabs use them: one holder, a queue, `signal` and `steal`. */
export class Locks {
  readonly #queues = new Map<string, Request[]>()

  /** What `navigator.locks` is in this tab. */
  of(tab: object): LocksLike {
    return { request: (name, options, held) => this.#request(tab, name, options, held) }
  }

  /** The tab is gone: what it held is free, what it waited for goes to the next. */
  release(tab: object): void {
    for (const [name, queue] of this.#queues) {
      const [holder] = queue
      this.#queues.set(
        name,
        queue.filter((request) => request.tab !== tab),
      )
      if (holder?.tab === tab) this.#queues.get(name)?.[0]?.take()
    }
  }

  #request(
    tab: object,
    name: string,
    { signal, steal }: { signal?: AbortSignal; steal?: boolean },
    held: () => Promise<void>,
  ): Promise<unknown> {
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    return new Promise((resolve, reject) => {
      let taken = false
      const request: Request = {
        tab,
        take() {
          taken = true
          queueMicrotask(() => held().then(resolve, reject).finally(leave))
        },
        lose: (type, why) => reject(new DOMException(why, type)),
      }
      const leave = () => {
        const now = this.#queues.get(name) ?? []
        const index = now.indexOf(request)
        if (index < 0) return
        now.splice(index, 1)
        if (index === 0) now[0]?.take()
      }
      signal?.addEventListener('abort', () => {
        if (taken) return
        request.lose('AbortError', 'The request was aborted.')
        leave()
      })
      if (signal?.aborted) return request.lose('AbortError', 'The request was aborted.')
      if (steal) queue.shift()?.lose('AbortError', 'The lock was stolen.')
      if (steal) queue.unshift(request)
      else queue.push(request)
      if (queue[0] === request) request.take()
    })
  }
}
