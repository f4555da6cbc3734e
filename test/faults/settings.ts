import type { BrowserName } from '../support/browsers.mjs'
import type { Random } from '../support/simulation/random.js'
import type { TransportName } from './page/messages.js'

/** What one world is made of: drawn from its seed, and from nothing else. */
export interface WorldSettings {
  readonly engine: BrowserName
  /** `short`: a memory that holds a few seconds only. `redis`: two processes on one Redis. */
  readonly store: 'memory' | 'short' | 'redis'
  readonly transports: readonly TransportName[]
  /** The tabs share one connection. */
  readonly shared: boolean
  readonly tabs: number
  /** The pages come from the same origin as their stream. */
  readonly sameOrigin: boolean
  /** Pages need a token. */
  readonly guarded: boolean
  /** How long an authorization lasts, in ms. */
  readonly lifetime: number | undefined
  readonly reconnect: { minDelay: number; maxDelay: number } | undefined
  /** The hub's own limits. Otherwise few bytes may wait for a page that does not read, and few events are at hand beside the history. */
  readonly patient: boolean
  /** All tabs are in the background, with throttled timers, from the start to the end. Chromium alone. */
  readonly hidden: boolean
  /** How long a long-poll asks the server to wait, in ms. Default: the client's own. */
  readonly wait: number | undefined
  /** Events a second. */
  readonly rate: number
  /** ms */
  readonly sendEvery: number
}

/** ms: short, so that a line that is half open is noticed soon. */
export const HEARTBEAT = 1000

/** How many events a `short` memory holds. */
export const SHORT_MEMORY = 150

const allThree: readonly TransportName[] = ['websocket', 'sse', 'long-poll']
const choices: readonly (readonly TransportName[])[] = [
  allThree,
  allThree,
  allThree,
  ['websocket'],
  ['sse'],
  ['long-poll'],
  ['sse', 'long-poll'],
]

export function drawSettings(
  random: Random,
  engine: BrowserName,
  stores: readonly WorldSettings['store'][],
): WorldSettings {
  const shared = random.chance(1 / 3)
  const guarded = random.chance(0.3)
  return {
    engine,
    store: random.pick(stores),
    transports: random.pick(choices),
    shared,
    tabs: shared ? 2 + random.below(3) : 1 + random.below(2),
    sameOrigin: random.chance(0.5),
    guarded,
    lifetime: guarded && random.chance(0.5) ? 4000 : undefined,
    reconnect: random.chance(0.6) ? { minDelay: 50, maxDelay: 1000 } : undefined,
    patient: random.chance(0.5),
    hidden: random.chance(0.1) && engine === 'chromium',
    wait: random.chance(0.7) ? 2000 : undefined,
    rate: random.between(30, 50),
    sendEvery: random.between(250, 450),
  }
}
