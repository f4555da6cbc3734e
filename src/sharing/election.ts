import { ELECTION } from '../constants.js'
import type { Env, LocksLike } from '../kit/env.js'

/** Who leads: one tab of the group, as a rule. Two for a moment are harmless. */
export interface Election {
  /** Somebody leads. */
  settled(): void
  /** Nobody does any more. */
  vacant(): void
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
  return locks ? byLock(locks, name, elected, deposed, failed) : byChannel(env, elected)
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
      if (!release) return failed(error)
      deposed()
      request(false)
    })
  }
  const stop = () => {
    current?.abort()
    current = undefined
    release?.()
    release = undefined
  }

  request(false)
  return { settled() {}, vacant() {}, takeOver: () => request(true), resign: () => request(false), stop }
}

/**
 * Without locks (a page on plain http): who hears of no leader for a while leads. Where several do, the terms in what they say
 * decide.
 */
function byChannel(env: Env, elected: () => void): Election {
  let timer: unknown
  const stop = () => env.clearTimeout(timer)
  const stand = (delay: number) => {
    stop()
    timer = env.setTimeout(elected, delay)
  }
  const vacant = () => stand(env.Math.random() * ELECTION)

  stand(ELECTION)
  return { settled: stop, vacant, takeOver: elected, resign: stop, stop }
}
