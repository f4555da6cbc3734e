import { LATE_GRACE, RETRY_CEILING, TIMER_LATE } from '../constants.js'
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
  let timer: unknown

  const touch = () => {
    last = env.Date.now()
  }
  const schedule = (delay: number, grace?: boolean) => {
    env.clearTimeout(timer)
    const expected = env.Date.now() + delay
    timer = env.setTimeout(
      () => {
        const now = env.Date.now()
        if (now < last) last = now // the clock was set back
        const left = last + limit - now
        if (left > 0) schedule(left)
        // A late timer was throttled, or the machine slept: let what has queued up speak first.
        else if (!grace && now - expected > TIMER_LATE) schedule(LATE_GRACE, true)
        else silent()
      },
      Math.min(delay, RETRY_CEILING),
    )
  }

  return {
    touch,
    due(silence) {
      touch()
      limit = silence
      schedule(silence)
    },
    stop: () => env.clearTimeout(timer),
  }
}
