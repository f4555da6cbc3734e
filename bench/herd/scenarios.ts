import { grown, holdfast, windowFor } from './holdfast.js'
import { peers } from './peers.js'
import type { Outage, Policy } from './simulate.js'

/** Who is lost, and for how long, in ms. */
export const CLIENTS = 1_000_000
export const AWAY: readonly number[] = [0, 5_000, 30_000, 60_000]
/** Connects per second that the server takes, stated: about what one core takes without TLS (`--capacity` measures it). */
export const CAPACITY = 5_000
/** Smaller sites, and how long after the loss their clients notice it, in ms: at once, or by the heartbeat and its margin. */
export const SITES: readonly Pick<Outage, 'clients' | 'noticed'>[] = [
  { clients: 300, noticed: 0 },
  { clients: 1_000, noticed: 0 },
  { clients: 10_000, noticed: 0 },
  { clients: 100_000, noticed: 0 },
  { clients: 100_000, noticed: 20_000 },
]

/** How a herd of this size may come back. A drain is for a server whose successor is there already. */
export function scenarios({ clients, away }: Outage, random: () => number): readonly Policy[] {
  const drained = [
    holdfast('Holdfast, drain over 300 s', { window: windowFor(clients), drain: 300_000 }, random),
    holdfast('Holdfast, drain over 10 s', { window: windowFor(clients), drain: 10_000 }, random),
  ]
  const own = [
    holdfast('Holdfast', { window: windowFor(clients) }, random),
    holdfast('Holdfast, a site that grew', { window: grown(clients) }, random),
    holdfast('Holdfast, 2,000 per second', { window: windowFor(clients, 2_000) }, random),
    holdfast('Holdfast, 4,000 per second', { window: windowFor(clients, 4_000) }, random),
    holdfast('Holdfast, retry: 300000', { retry: 300_000 }, random),
    holdfast('Holdfast, told no window', {}, random),
  ]
  return [...own, ...(away === 0 ? drained : []), ...peers(random)]
}
