import { EVENTS_LIMIT } from './constants.js'
import type { EventsOptions, StreamItem } from './types.js'

/**
 * A bounded queue between a stream that does not wait and a reader that may be slow. Listens from now on, not from the
 * first `next()`: nothing is missed in between.
 */
export function iterate<Event>(
  /** Starts to listen; returns a function that stops. */
  listen: (push: (item: StreamItem<Event>) => void, end: (error?: unknown) => void) => () => void,
  { limit = EVENTS_LIMIT, overflow = 'drop-oldest', signal }: EventsOptions = {},
): AsyncIterableIterator<StreamItem<Event>> {
  if (!(limit >= 1)) throw new TypeError('events: limit must be 1 or more.')
  const queue: StreamItem<Event>[] = []
  /** What was dropped in front of the queue, or behind it. */
  let dropped = 0
  let ended = false
  let failure: { error: unknown } | undefined
  let wake: (() => void) | undefined

  const push = (item: StreamItem<Event>) => {
    if (queue.length < limit && !(dropped && overflow === 'drop-newest')) queue.push(item)
    else {
      dropped++
      if (overflow === 'drop-oldest') {
        queue.shift()
        queue.push(item)
      }
    }
    wake?.()
  }
  const end = (error?: unknown) => {
    if (ended) return
    ended = true
    if (error) failure = { error }
    stop()
    signal?.removeEventListener('abort', abort)
    wake?.()
  }
  const abort = () => {
    queue.length = dropped = 0
    end()
  }
  const take = (): StreamItem<Event> | undefined => {
    if (dropped && (overflow === 'drop-oldest' || !queue.length)) {
      const count = dropped
      dropped = 0
      return { type: 'holdfast:dropped', count }
    }
    return queue.shift()
  }
  const stop = listen(push, end)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()

  return {
    async next() {
      for (;;) {
        const value = take()
        if (value) return { value, done: false }
        if (failure) {
          const { error } = failure
          failure = undefined
          throw error
        }
        if (ended) return { value: undefined, done: true }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async return() {
      abort()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
