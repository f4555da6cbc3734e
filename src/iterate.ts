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
    failure = undefined // who leaves is not told any more how it would have ended
  }
  const stop = listen(push, end)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()

  async function* read(): AsyncGenerator<StreamItem<Event>, undefined> {
    for (;;) {
      const item = dropped && !(newest && queue.length) ? undefined : queue.shift()
      if (item) yield item
      else if (dropped) {
        const count = dropped
        dropped = 0
        yield { type: 'holdfast:dropped', count }
      } else if (!ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else if (failure) throw failure
      else return
    }
  }
  const items = read()
  return Object.assign(items, {
    // A generator that was never read would not hear of it, and one that waits would hear of it too late.
    return() {
      abort()
      return items.next()
    },
  })
}
