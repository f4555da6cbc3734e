import { platform } from '../../src/kit/env.js'
import { reconnectWindow } from '../../src/server/connections.js'
import { defaultLimits } from '../../src/server/limits.js'
import { createRetry } from '../../src/session/retry.js'
import type { Policy } from './simulate.js'

/** What a connection has been told before it was lost, in ms. */
export interface Told {
  /** The window in `ready`. */
  readonly window?: number | ((client: number) => number)
  /** A `retry:` line. */
  readonly retry?: number
  /** A `drain` with this window: then nobody waits to lose the connection. */
  readonly drain?: number
}

/** WebSocket, SSE and long-poll. */
const TRANSPORTS = 3

/** The client's own backoff: one for all, since apart from what it was told it holds nothing. */
export function holdfast(name: string, { window, retry, drain }: Told, random: () => number): Policy {
  const backoff = createRetry({ ...platform, Math: { random } }, {})
  if (retry !== undefined) backoff.window(retry)
  return {
    name,
    connects: TRANSPORTS,
    delay(client, failures) {
      if (drain !== undefined && failures === 0) return drain * random()
      backoff.window(typeof window === 'function' ? window(client) : window)
      return backoff.delay(failures, failures === 0, undefined)
    },
  }
}

/** The window that a hub tells so many clients, as it is by default. */
export function windowFor(clients: number, perSecond: number = defaultLimits.reconnectsPerSecond): number {
  return reconnectWindow(clients, perSecond)
}

/**
 * What clients of a hub that grew have been told: those who came first the window of a small site. It is told anew whenever it
 * has doubled; this is the worst moment, just before.
 */
export function grown(clients: number): (client: number) => number {
  const told = windowFor(clients) / 2
  return (client) => Math.max(told, windowFor(client))
}
