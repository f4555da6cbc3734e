import { ELECTION } from '../constants.js'
import type { Env, LocksLike } from '../kit/env.js'

/** Who leads: one tab of the group, as a rule. Two for a moment are harmless. */
export interface Election {
  /** How long to wait for a leader that says nothing after it was asked, in ms; undefined: as long as for any other. */
  readonly patience?: number
  /** The leader does not answer: lead in its place. */
  takeOver(): void
  /** Stops leading, and stands as a candidate again. */
  resign(): void
  /** Neither leads nor stands. */
  stop(): void
}

/**
 * @param elected this tab leads from now on
 * @param deposed it does not any more: another has taken over
 * @param failed the platform does not let this page stand
 */
export function stand(
  env: Env,
  name: string,
  elected: () => void,
  deposed: () => void,
  failed: (error: unknown) => void,
): Election {
  const locks = env.navigator?.locks
  if (locks) return byLock(locks, name, elected, deposed, failed)
  // Without locks (a page on plain http) who hears of no leader leads. Where several do, the terms in what they say decide.
  const nothing = () => {}
  return { patience: ELECTION, takeOver: elected, resign: nothing, stop: nothing }
}

/** The leader holds a Web Lock (W3C Web Locks): the browser hands it on, whatever becomes of the tab. */
function byLock(
  locks: LocksLike,
  name: string,
  elected: () => void,
  deposed: () => void,
  failed: (error: unknown) => void,
): Election {
  let current: AbortController | undefined
  let release: (() => void) | undefined

  const stop = () => {
    current?.abort()
    release?.()
    current = release = undefined
  }
  const request = (steal: boolean) => {
    stop()
    const mine = new AbortController()
    current = mine
    const held = () =>
      new Promise<void>((resolve) => {
        if (current !== mine) return resolve()
        release = resolve
        elected()
      })
    locks.request(name, steal ? { steal } : { signal: mine.signal }, held).catch((error) => {
      if (current !== mine) return
      if (release) deposed()
      // It may have been stolen again before it was known here that it was held.
      else if (error.name !== 'AbortError') return failed(error)
      request(false)
    })
  }

  request(false)
  return { takeOver: () => request(true), resign: () => request(false), stop }
}
