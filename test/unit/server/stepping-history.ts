import type { History, HistoryEntry, HistoryItem, HistoryListener } from '../../../src/server/history.js'
import { memoryHistory } from '../../../src/server/memory-history.js'

/**
 * A history as it is in a database: whatever is asked takes time, and what is appended is read before it is fed. Every
 * point of time at which something else can happen is a step: the test is called and does what it likes.
 */
export class SteppingHistory implements History {
  remote = false
  readonly #memory: History
  readonly #step: () => void
  #fed: HistoryEntry[] = []
  #listener: HistoryListener | undefined

  constructor(step: () => void, memory: History = memoryHistory()) {
    this.#step = step
    this.#memory = memory
  }

  async open(listener: HistoryListener): Promise<string> {
    this.#listener = listener
    return this.#memory.open({
      entries: (entries) => this.#fed.push(...entries),
      gap: (position) => listener.gap(position),
      error: (error) => listener.error(error),
    })
  }

  append(item: HistoryItem): string | Promise<string> {
    return this.#memory.append(item)
  }

  announce(item: HistoryItem): void | Promise<void> {
    return this.#memory.announce(item)
  }

  /** Feeds the oldest entries that were not fed yet. */
  deliver(count: number = Number.POSITIVE_INFINITY): void {
    const entries = this.#fed.splice(0, count)
    if (entries.length > 0) this.#listener?.entries(entries)
  }

  async read(after: string, limit: number): Promise<readonly HistoryEntry[] | 'unknown'> {
    await this.#pause()
    const page = await this.#memory.read(after, limit)
    await this.#pause()
    return page
  }

  position(): string | Promise<string> {
    return this.#memory.position()
  }

  async #pause(): Promise<void> {
    await undefined
    this.#step()
    await undefined
  }
}
