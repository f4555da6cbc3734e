import { Tally } from '../events.js'
import type { MakeExercise } from './exercise.js'

/** Asks for all events at once. */
export const burst: MakeExercise = ({ count }, done) => {
  const tally = new Tally()
  let asked = 0
  return {
    begin() {
      asked = performance.now()
      void fetch(`/bench/burst?count=${count}`, { method: 'POST' })
    },
    receive(tick) {
      tally.add(tick)
      if (tally.count !== count) return
      const total = performance.now() - asked
      done({ failure: tally.failure, checksum: tally.checksum, total, times: [], numbers: [] })
    },
  }
}
