import { now } from '../clock.js'
import { isTick } from '../events.js'
import type { MakeExercise } from './exercise.js'

/**
 * Takes what comes while the line is cut again and again, until the bench lets it pass. `numbers`: of the events, in order of
 * arrival; `times`: when each came, in ms since the epoch. Those with number 0, that greet who connects, are none.
 */
export const watch: MakeExercise = ({ pass }, done) => {
  const numbers: number[] = []
  const times: number[] = []
  let failure: string | undefined
  return {
    async begin() {
      await pass()
      done({ failure, checksum: undefined, total: 0, times, numbers })
    },
    receive(tick) {
      if (!isTick(tick)) failure ??= `not an event: ${JSON.stringify(tick)}`
      else if (tick.number > 0) {
        numbers.push(tick.number)
        times.push(now())
      }
    },
  }
}
