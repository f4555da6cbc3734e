import { FOLLOWER_PING, LEADER_SILENCE, LEADER_TIMEOUT, TIMER_LATE } from '../constants.js'
import type { Env } from '../kit/env.js'

/** Asks a leader that has nothing to say whether it is there, and tells when it is not. */
export interface Watch {
  /** Nobody is known to lead: asks, and waits so many ms for somebody to answer. */
  start(patience?: number): void
  /** The leader said something. */
  heard(): void
  stop(): void
}

/**
 * Compares clocks: a timer that is late says that this tab was throttled or stopped, and nothing of the leader.
 *
 * @param gone nobody answered
 */
export function watchLeader(env: Env, ask: () => void, gone: () => void): Watch {
  let timer: unknown
  /** When the leader was last heard, and last asked, in ms since the epoch. */
  let last = 0
  let asked = 0
  let unanswered = false
  let forgiven = false

  const wait = (delay: number) => {
    const due = env.Date.now() + delay
    env.clearTimeout(timer)
    timer = env.setTimeout(() => look(env.Date.now(), env.Date.now() - due > TIMER_LATE), delay)
  }
  const look = (now: number, late: boolean) => {
    const quiet = now - last
    if (!unanswered && quiet >= 0 && quiet < LEADER_SILENCE && now - asked < FOLLOWER_PING)
      return wait(LEADER_SILENCE - quiet)
    // What has queued up for this tab must be heard first.
    const forgive = !unanswered || (late && !forgiven)
    forgiven = unanswered && forgive
    start(LEADER_TIMEOUT)
    if (!forgive) gone()
  }
  const start = (patience = LEADER_SILENCE + LEADER_TIMEOUT) => {
    unanswered = true
    asked = env.Date.now()
    wait(patience)
    ask()
  }

  return {
    start,
    heard() {
      last = env.Date.now()
      if (unanswered) wait(LEADER_SILENCE)
      unanswered = false
    },
    stop: () => env.clearTimeout(timer),
  }
}
