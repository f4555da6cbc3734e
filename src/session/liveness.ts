import { LATE_GRACE, RETRY_CEILING, TIMER_LATE } from '../constants.js'
import type { Env } from '../kit/env.js'

/** One thing that must happen within a time. It compares clocks, and never trusts that a timer was on time. */
export interface Deadline {
  /** In place of what was set before. */
  set(delay: number, missed: () => void): void
  clear(): void
}

export function createDeadline(env: Env): Deadline {
  let timer: unknown
  const set = (delay: number, missed: () => void, grace?: boolean) => {
    env.clearTimeout(timer)
    const expected = env.Date.now() + delay
    timer = env.setTimeout(
      () => {
        const late = env.Date.now() - expected
        // What has queued up speaks first. A busy page has it already, one that was throttled or slept has yet to get it.
        if (!grace && late > 0) set(late > TIMER_LATE ? LATE_GRACE : 0, missed, true)
        else missed()
      },
      Math.min(delay, RETRY_CEILING),
    )
  }
  return { set, clear: () => env.clearTimeout(timer) }
}

/** Notices silence. */
export interface Liveness {
  /** Something was heard. Called for every chunk: it only looks at the clock. */
  touch(): void
  /** From now on silence is too long after so many ms. */
  due(silence: number): void
  stop(): void
}

/** @param silent called once, when nothing was heard for too long */
export function createLiveness(env: Env, silent: () => void): Liveness {
  const { set, clear } = createDeadline(env)
  let last: number
  let limit: number

  const touch = () => {
    last = env.Date.now()
  }
  const look = () => {
    const now = env.Date.now()
    if (now < last) last = now // the clock was set back
    const left = last + limit - now
    if (left > 0) set(left, look)
    else silent()
  }

  return {
    touch,
    due(silence) {
      touch()
      limit = silence
      set(silence, look)
    },
    stop: clear,
  }
}
