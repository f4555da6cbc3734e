import { EVENTS_LIMIT } from './constants.js'
import type { EventsOptions, StreamItem } from './types.js'

/**
 * A bounded queue between a stream that does not wait and a reader that may be slow. Listens from now on, not from the
 * first `next()`: nothing is missed in between.
 *
 * @param listen starts, and returns a function that stops
 * @throws {TypeError} where the limit is below 1
 */
export function iterate<Event>(
  listen: (push: (item: StreamItem<Event>) => void, end: (error?: unknown) => void) => () => void,
  { limit = EVENTS_LIMIT, overflow, signal }: EventsOptions = {},
): AsyncIterableIterator<StreamItem<Event>> {
  if (!(limit >= 1)) throw new TypeError('events: limit must be 1 or more.')
  const newest = overflow === 'drop-newest'
  const queue: StreamItem<Event>[] = []
  /** How many were dropped in front of the queue, or behind it. */
  let dropped = 0
  let failure: unknown
  let ended = false
  let wake = () => {}

  const push = (item: StreamItem<Event>) => {
    const full = queue.length >= limit || (newest && dropped)
    if (full) dropped++
    if (full && !newest) queue.shift()
    if (!full || !newest) queue.push(item)
    wake()
  }
  const end = (error?: unknown) => {
    if (ended) return
    ended = true
    failure = error
    stop()
    signal?.removeEventListener('abort', abort)
    wake()
  }
  const abort = () => {
    queue.length = dropped = 0
    end()
  }
  const stop = listen(push, end)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()

  return {
    async next() {
      while (!queue.length && !dropped && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (dropped && !(newest && queue.length)) {
        const count = dropped
        dropped = 0
        return { value: { type: 'holdfast:dropped', count }, done: false }
      }
      const value = queue.shift()
      if (value) return { value, done: false }
      const error = failure
      failure = undefined
      if (error) throw error
      return { value: undefined, done: true }
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
