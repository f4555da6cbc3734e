import { LATE_GRACE, RETRY_CEILING, RETRY_FLOOR, TIMER_LATE } from '../constants.js'
import type { Env } from '../kit/env.js'

/** Notices silence. It compares clocks, and never trusts that a timer was on time. */
export interface Liveness {
  /** Something was heard. Called for every chunk: it only looks at the clock. */
  touch(): void
  /** From now on silence is too long after so many ms. */
  due(silence: number): void
  stop(): void
}

/** @param silent called once, when nothing was heard for too long */
export function createLiveness(env: Env, silent: () => void): Liveness {
  let last: number
  let limit: number
  /** The silence since then was excused once. */
  let excused: number | undefined
  let timer: unknown

  const touch = () => {
    last = env.Date.now()
  }
  const schedule = (delay: number) => {
    env.clearTimeout(timer)
    const expected = env.Date.now() + delay
    timer = env.setTimeout(
      () => {
        const now = env.Date.now()
        if (now < last) last = now // the clock was set back
        const left = last + limit - now
        if (left > 0) schedule(left)
        // A late timer lets speak first what has queued up. Where the page was busy it is there already, and needs only a turn;
        // where the timer was throttled, or the machine slept, it has yet to come.
        else if (now > expected && excused !== last) {
          excused = last
          schedule(now > expected + TIMER_LATE ? LATE_GRACE : RETRY_FLOOR)
        } else silent()
      },
      Math.min(delay, RETRY_CEILING),
    )
  }

  return {
    touch,
    due(silence) {
      touch()
      excused = undefined
      limit = silence
      schedule(silence)
    },
    stop: () => env.clearTimeout(timer),
  }
}
