interface Entry {
  readonly at: number
  readonly order: number
  run: (() => void) | undefined
}

/** Takes back what was to happen. */
export type Cancel = () => void

/** Far more than any schedule needs: two that answer each other for ever are found by it. */
const RUNAWAY = 100_000

/**
 * Time that passes only when it is told to. One entry after another happens, and between two of them every promise that can
 * settle has settled: so whatever runs is as deterministic as the chance that it draws.
 */
export class Clock {
  /** ms since the start; it never goes back. */
  now = 0
  /** How many entries have happened. */
  happened = 0
  #order = 0
  readonly #heap: Entry[] = []

  after(delay: number, run: () => void): Cancel {
    return this.at(this.now + delay, run)
  }
  /** At a time that was fixed before; what was fixed for the same time happens in the order in which it was. */
  at(time: number, run: () => void): Cancel {
    const entry: Entry = { at: Math.max(this.now, time), order: this.#order++, run }
    this.#push(entry)
    return () => {
      entry.run = undefined
    }
  }

  /** Lets so many ms pass. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    await settled()
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.at > end) break
      this.#pop()
      if (next.run === undefined) continue
      this.now = Math.max(this.now, next.at)
      next.run()
      if (++this.happened > RUNAWAY) throw new Error('the simulation runs away: something answers itself for ever')
      await settled()
    }
    this.now = end
  }

  #before(one: Entry, other: Entry): boolean {
    return one.at < other.at || (one.at === other.at && one.order < other.order)
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !this.#before(entry, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const [left, right] = [heap[child], heap[child + 1]]
      if (left === undefined) break
      if (right !== undefined && this.#before(right, left)) child += 1
      const lower = heap[child]
      if (lower === undefined || !this.#before(lower, last)) break
      heap[index] = lower
      index = child
    }
    heap[index] = last
  }
}

/** Every promise that needs nothing else has settled: a macrotask comes after all microtasks, however many they beget. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
