import { setTimeout as sleep } from 'node:timers/promises'
import type { Faults, Middlebox } from '../../support/middlebox.js'
import type { Random } from '../../support/simulation/random.js'
import type { TransportName } from '../page/messages.js'
import type { WorldSettings } from '../settings.js'
import type { Kind } from './kind.js'
import { type Spoilt, spoilt, type Way } from './spoilt.js'

// One way is spoilt by what stands between. Where a page would prefer others, these are blocked: else nobody would notice.

const transportOf: Record<Exclude<Way, 'post'>, TransportName> = {
  websocket: 'websocket',
  sse: 'sse',
  poll: 'long-poll',
}
const ways = ['websocket', 'sse', 'poll', 'post'] as const
const wayOf = { websocket: 'websocket', sse: 'sse', 'long-poll': 'poll' } as const

const blocked: Record<Exclude<Way, 'post'>, Partial<Faults>> = {
  websocket: { websocket: { status: 403 } },
  sse: { sse: { status: 503 } },
  poll: { poll: { status: 503 } },
}

const uses =
  (...names: TransportName[]) =>
  ({ transports }: WorldSettings): boolean =>
    names.every((name) => transports.includes(name))

/** Whether what passes now loses bytes. */
function loses({ websocket, sse }: Faults, way: Way): boolean {
  return (
    (way === 'websocket' && typeof websocket === 'object' && 'swallow' in websocket) ||
    (way === 'sse' && sse === 'headers')
  )
}

/** Another fault of some ways, which may be under one already: no network brings back what comes behind a hole. */
function set(box: Middlebox, faults: Partial<Faults>): void {
  for (const way of ways) if (way in faults && loses(box.faults, way)) box.kill('rst', way)
  box.set(faults)
}

/** Spoils some ways from now on; what it returns heals these. */
function spoil(box: Middlebox, faults: Partial<Faults>): () => void {
  set(box, faults)
  return () => set(box, Object.fromEntries(ways.filter((way) => way in faults).map((way) => [way, 'pass'])))
}

/** Blocks what the pages of a world prefer to this transport, while they are connected. */
async function blockBefore(box: Middlebox, name: TransportName, { transports }: WorldSettings): Promise<() => void> {
  const before = transports.slice(0, transports.indexOf(name))
  if (before.length === 0) return () => {}
  const healers = before.map((other) => spoil(box, blocked[wayOf[other]]))
  for (const other of before) box.kill('rst', wayOf[other])
  // Until they carry on by this one.
  await sleep(800)
  return () => {
    for (const heal of healers) heal()
  }
}

function kindOf(way: Way, { name, cuts, lasts = [500, 3000], faults }: Spoilt): Kind {
  const inject = async (box: Middlebox, random: Random, unblock: () => void) => {
    const chosen = faults(random)
    const at = Date.now()
    const pass = spoil(box, chosen)
    if (cuts) box.kill('rst', way)
    const heal = () => {
      pass()
      unblock()
    }
    return { at, detail: JSON.stringify(chosen), lasts: random.between(...lasts), heal }
  }
  if (way === 'post') {
    return {
      name: `${way} ${name}`,
      // A page on a WebSocket sends over it; followers and all others use POST.
      fits: ({ transports, shared }) => shared || transports[0] !== 'websocket',
      inject: ({ box }, random) => inject(box, random, () => {}),
    }
  }
  const transport = transportOf[way]
  return {
    name: `${way} ${name}`,
    fits: uses(transport),
    inject: async ({ box, settings }, random) => inject(box, random, await blockBefore(box, transport, settings)),
  }
}

const inTurn: Kind = {
  name: 'two of three ways blocked, in turn',
  fits: uses('websocket', 'sse', 'long-poll'),
  inject: ({ box }, random) => {
    let heal = () => {}
    const block = () => {
      heal()
      const open = random.below(3)
      const healers = Object.values(blocked)
        .filter((_, index) => index !== open)
        .map((faults) => spoil(box, faults))
      heal = () => {
        for (const one of healers) one()
      }
      box.kill(random.pick(['rst', 'fin'] as const))
    }
    block()
    const turning = setInterval(block, random.between(400, 2000))
    return {
      lasts: random.between(1000, 5000),
      heal: () => {
        clearInterval(turning)
        heal()
      },
    }
  },
}

export const spoiltKinds: readonly Kind[] = [
  ...ways.flatMap((way) => spoilt[way].map((one) => kindOf(way, one))),
  inTurn,
]
