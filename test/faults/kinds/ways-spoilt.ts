import type { Faults } from '../../support/middlebox.js'
import type { Random } from '../../support/simulation/random.js'
import type { Kind } from './kind.js'
import { spoil, uses } from './ways.js'

// One way of several is spoilt by what stands between.

interface Spoilt {
  readonly name: string
  /** Who is connected by it is cut, and meets it when it comes back. */
  readonly cuts?: true
  /** Bytes are lost, so the line is dead: no network brings back what comes behind a hole. */
  readonly loses?: true
  /** ms */
  readonly lasts?: readonly [number, number]
  faults(random: Random): Partial<Faults>
}

const refusals = { websocket: [403, 400, 426, 503], http: [502, 503, 504] }

const websocket: readonly Spoilt[] = [
  { name: 'refused', cuts: true, faults: (random) => ({ websocket: { status: random.pick(refusals.websocket) } }) },
  { name: 'hangs', cuts: true, faults: () => ({ websocket: 'hang' }) },
  {
    name: 'opens, then silent',
    cuts: true,
    loses: true,
    faults: (random) => ({ websocket: { swallow: random.pick(['down', 'up', 'both'] as const) } }),
  },
  {
    name: 'falls silent',
    loses: true,
    lasts: [500, 8000],
    faults: (random) => ({ websocket: { swallow: random.pick(['down', 'up', 'both'] as const) } }),
  },
  { name: 'closed after one frame', cuts: true, faults: () => ({ websocket: { cutAfter: { frames: 1 } } }) },
  {
    name: 'closed after some frames',
    cuts: true,
    faults: (random) => ({ websocket: { cutAfter: { frames: 2 + random.below(60) } } }),
  },
  {
    name: 'closed after a time',
    cuts: true,
    faults: (random) => ({ websocket: { cutAfter: { ms: random.between(20, 1500) } } }),
  },
]

const sse: readonly Spoilt[] = [
  { name: 'held back until the end', cuts: true, lasts: [1000, 4000], faults: () => ({ sse: 'buffer' }) },
  { name: 'held back to 4 KB', cuts: true, lasts: [1000, 4000], faults: () => ({ sse: { buffer: 4096 } }) },
  { name: 'falls silent', loses: true, lasts: [500, 8000], faults: () => ({ sse: 'headers' }) },
  {
    name: 'cut after some bytes',
    cuts: true,
    faults: (random) => ({ sse: { cutAfter: { bytes: 1 + random.below(random.pick([100, 3000, 30_000])) } } }),
  },
  {
    name: 'cut after a time',
    cuts: true,
    faults: (random) => ({ sse: { cutAfter: { ms: random.between(20, 1500) } } }),
  },
  { name: 'refused', cuts: true, faults: (random) => ({ sse: { status: random.pick(refusals.http) } }) },
]

const requests = (way: 'poll' | 'post'): readonly Spoilt[] => [
  { name: 'delayed', faults: (random) => ({ [way]: { delay: random.between(100, 2000) } }) },
  { name: 'hangs', faults: () => ({ [way]: 'hang' }) },
  { name: 'handled, not answered', faults: () => ({ [way]: 'unanswered' }) },
  { name: 'cut', faults: (random) => ({ [way]: { cut: random.below(random.pick([2, 100, 1000])) } }) },
  { name: 'refused', cuts: true, faults: (random) => ({ [way]: { status: random.pick(refusals.http) } }) },
  { name: 'too many', cuts: true, faults: () => ({ [way]: { status: 429, retryAfter: 1 } }) },
]

function kindsOf(way: 'websocket' | 'sse' | 'poll' | 'post', spoilt: readonly Spoilt[], fits: Kind['fits']): Kind[] {
  return spoilt.map(({ name, cuts, loses, lasts = [500, 3000], faults }) => ({
    name: `${way} ${name}`,
    fits,
    inject: ({ box }, random) => {
      const chosen = faults(random)
      const pass = spoil(box, chosen)
      const heal = () => {
        if (loses) box.kill('rst', way)
        pass()
      }
      if (cuts) box.kill('rst', way)
      return { detail: JSON.stringify(chosen), lasts: random.between(...lasts), heal }
    },
  }))
}

const blocked: Partial<Faults>[] = [{ websocket: { status: 403 } }, { sse: { status: 503 } }, { poll: { status: 503 } }]

export const spoiltKinds: readonly Kind[] = [
  ...kindsOf('websocket', websocket, uses('websocket')),
  ...kindsOf('sse', sse, uses('sse')),
  ...kindsOf('poll', requests('poll'), uses('long-poll')),
  // A WebSocket carries what its page sends; a follower and the others use POST.
  ...kindsOf('post', requests('post'), ({ transports, shared }) => shared || transports[0] !== 'websocket'),
  {
    name: 'two of three ways blocked, in turn',
    fits: uses('websocket', 'sse', 'long-poll'),
    inject: ({ box }, random) => {
      let heal = () => {}
      const block = () => {
        heal()
        const open = random.below(3)
        const healers = blocked.filter((_, index) => index !== open).map((faults) => spoil(box, faults))
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
  },
]
