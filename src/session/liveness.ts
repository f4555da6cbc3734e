import { LATE_GRACE, TIMER_LATE } from '../constants.js'
import type { Env } from '../kit/env.js'

/** Notices silence. It compares clocks, and never trusts that a timer was on time. */
export interface Liveness {
  /** Something was heard. Called for every chunk: it only looks at the clock. */
  touch(): void
  /** From now on silence is too long after so many ms; Infinity: never. */
  due(silence: number): void
  stop(): void
}

/** @param silent called once, when nothing was heard for too long */
export function createLiveness(env: Env, silent: () => void): Liveness {
  let last = env.Date.now()
  let limit = Number.POSITIVE_INFINITY
  let timer: unknown

  const schedule = (delay: number, grace: boolean) => {
    env.clearTimeout(timer)
    if (limit === Number.POSITIVE_INFINITY) return
    const expected = env.Date.now() + delay
    timer = env.setTimeout(() => {
      const now = env.Date.now()
      if (now < last) last = now // the clock was set back
      const left = last + limit - now
      if (left > 0) schedule(left, false)
      // A late timer was throttled, or the machine slept: let what has queued up speak first.
      else if (!grace && now - expected > TIMER_LATE) schedule(LATE_GRACE, true)
      else silent()
    }, delay)
  }

  return {
    touch: () => {
      last = env.Date.now()
    },
    due(silence) {
      last = env.Date.now()
      limit = silence
      schedule(silence, false)
    },
    stop: () => env.clearTimeout(timer),
  }
}
