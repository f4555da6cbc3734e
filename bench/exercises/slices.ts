import { Tally } from '../events.js'
import type { MakeExercise } from './exercise.js'

/** Events that are asked for at once: few enough that no server has to hold more than it does by default. */
const SLICE = 50_000
/** With so many the page warms up: code that is compiled stays in the heap, and is no leak. */
export const WARM_UP = 100_000
/** How long the last task may take to be known, in ms. */
const REST = 300

/**
 * A long burst: the next slice is asked for when half of the last one has come, so that the stream never pauses. `times`: of the
 * tasks that kept the main thread for more than 50 ms, without those of the warm-up.
 */
export const slices: MakeExercise = ({ count, pass }, done) => {
  const tally = new Tally()
  const times: number[] = []
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) times.push(duration)
  })
  let asked = 0
  let from = 0

  function ask(): void {
    void fetch(`/bench/burst?from=${from}&count=${Math.min(SLICE, limit() - from)}`, { method: 'POST' })
    from = Math.min(from + SLICE, limit())
  }

  const limit = () => (tally.count < WARM_UP ? WARM_UP : count)

  async function begin(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, REST))
    await pass()
    observer.observe({ type: 'longtask' })
    asked = performance.now()
    ask()
  }

  function end(): void {
    const total = performance.now() - asked
    // The last task is not over yet.
    setTimeout(() => done({ failure: tally.failure, checksum: tally.checksum, total, times, numbers: [] }), REST)
  }

  return {
    begin: ask,
    receive(tick) {
      tally.add(tick)
      if (tally.count === count) end()
      else if (tally.count === WARM_UP) void begin()
      else if (from < limit() && tally.count === from - SLICE / 2) ask()
    },
  }
}
