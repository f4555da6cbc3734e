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
  { limit = EVENTS_LIMIT, overflow = 'drop-oldest', signal }: EventsOptions = {},
): AsyncIterableIterator<StreamItem<Event>> {
  if (!(limit >= 1)) throw new TypeError('events: limit must be 1 or more.')
  if (!['drop-oldest', 'drop-newest'].includes(overflow))
    throw new TypeError('events: overflow must be drop-oldest or drop-newest.')
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

  const take = async (): Promise<IteratorResult<StreamItem<Event>>> => {
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
  }
  // Readers that do not wait for each other take turns.
  let turn: Promise<unknown> = Promise.resolve()

  return {
    next() {
      const mine = turn.then(take)
      turn = mine.catch(() => {})
      return mine
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
