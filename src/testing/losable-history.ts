import type { History, HistoryListener } from '../server/history.js'
import { type MemoryHistoryOptions, memoryHistory } from '../server/memory-history.js'

/** A history in memory that can be lost, as a server loses it that starts anew with an empty one. */
export function losableHistory(options: MemoryHistoryOptions | undefined): { history: History; lose(): Promise<void> } {
  let kept = memoryHistory(options)
  let listener: HistoryListener | undefined
  return {
    history: {
      open(given) {
        listener = given
        return kept.open(given)
      },
      append: (item) => kept.append(item),
      announce: (item) => kept.announce(item),
      read: (after, limit) => kept.read(after, limit),
      position: () => kept.position(),
      close: () => kept.close?.(),
    },
    async lose() {
      if (listener === undefined) return
      kept.close?.()
      kept = memoryHistory(options)
      // Who is connected is told; who comes back brings a position that nobody knows.
      listener.gap(await kept.open(listener))
    },
  }
}
