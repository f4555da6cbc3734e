import type { Carrier } from './contract.js'
import type { Entrant } from './entrant.js'

/** Those on one carrier are compared with each other. */
export interface Comparison {
  readonly carrier: Carrier
  /** How it is called in titles. */
  readonly title: string
  /** Whom the others are divided by. */
  readonly baseline: string
}

export const COMPARISONS: readonly Comparison[] = [
  { carrier: 'websocket', title: 'WebSocket', baseline: 'raw WebSocket' },
  { carrier: 'stream', title: 'streaming', baseline: 'EventSource' },
  { carrier: 'poll', title: 'long-polling', baseline: 'JSON long-poll' },
]

/** Those who do not choose their carrier by themselves, and whom somebody wants; and the baselines. */
export function comparable(entrants: readonly Entrant[], wanted: (name: string) => boolean): Entrant[] {
  return entrants.filter(
    ({ name, carrier }) => COMPARISONS.some(({ baseline }) => baseline === name) || (carrier !== 'any' && wanted(name)),
  )
}

/** Whether it tells only what a hub costs beside a server that formats text. */
export function isBare(name: string): boolean {
  return name.includes('bare server')
}
