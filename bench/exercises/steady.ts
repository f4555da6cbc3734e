import { now } from '../clock.js'
import { Tally } from '../events.js'
import type { MakeExercise } from './exercise.js'

/** Between two events, in ms. */
export const INTERVAL = 5

/** Asks for 200 events a second. `times`: when each came, in ms since the epoch. */
export const steady: MakeExercise = ({ count }, done) => {
  const tally = new Tally()
  const times: number[] = []
  let asked = 0
  return {
    begin() {
      asked = performance.now()
      void fetch(`/bench/steady?count=${count}&interval=${INTERVAL}`, { method: 'POST' })
    },
    receive(tick) {
      times.push(now())
      tally.add(tick)
      if (tally.count !== count) return
      const total = performance.now() - asked
      done({ failure: tally.failure, checksum: tally.checksum, total, times, numbers: [] })
    },
  }
}
