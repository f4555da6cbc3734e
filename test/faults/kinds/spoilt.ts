import type { Faults } from '../../support/middlebox.js'
import type { Random } from '../../support/simulation/random.js'

export type Way = 'websocket' | 'sse' | 'poll' | 'post'

/** How one way of several can be spoilt. */
export interface Spoilt {
  readonly name: string
  /** Who is connected by it is cut, and meets it when it comes back. */
  readonly cuts?: true
  /** ms */
  readonly lasts?: readonly [number, number]
  faults(random: Random): Partial<Faults>
}

/** What proxies say, with a page of HTML. */
const errors = [502, 503, 504]

const silent = (random: Random): Partial<Faults> => ({
  websocket: { swallow: random.pick(['down', 'up', 'both'] as const) },
})

const websocket: readonly Spoilt[] = [
  { name: 'refused', cuts: true, faults: (random) => ({ websocket: { status: random.pick([403, 400, 426]) } }) },
  { name: 'hangs', cuts: true, faults: () => ({ websocket: 'hang' }) },
  { name: 'opens, then silent', cuts: true, faults: silent },
  { name: 'falls silent', lasts: [500, 8000], faults: silent },
  { name: 'closed after one frame', cuts: true, faults: () => ({ websocket: { cutAfter: { frames: 1 } } }) },
  {
    name: 'closed after some frames',
    cuts: true,
    faults: (random) => ({ websocket: { cutAfter: { frames: 2 + random.below(60) } } }),
  },
  {
    name: 'closed again and again',
    cuts: true,
    faults: (random) => ({ websocket: { cutAfter: { ms: random.between(20, 1500) } } }),
  },
  {
    name: 'closed after 30 s',
    cuts: true,
    lasts: [32_000, 34_000],
    faults: () => ({ websocket: { cutAfter: { ms: 30_000 } } }),
  },
]

const sse: readonly Spoilt[] = [
  { name: 'held back until the end', cuts: true, lasts: [1000, 6000], faults: () => ({ sse: 'buffer' }) },
  { name: 'held back to 4 KB', cuts: true, lasts: [1000, 4000], faults: () => ({ sse: { buffer: 4096 } }) },
  { name: 'falls silent', lasts: [500, 8000], faults: () => ({ sse: 'headers' }) },
  {
    name: 'cut after some bytes',
    cuts: true,
    faults: (random) => ({ sse: { cutAfter: { bytes: 1 + random.below(random.pick([100, 3000, 30_000])) } } }),
  },
  {
    name: 'cut again and again',
    cuts: true,
    lasts: [1000, 6000],
    faults: (random) => ({ sse: { cutAfter: { ms: random.between(50, 2500) } } }),
  },
  { name: 'refused', cuts: true, faults: (random) => ({ sse: { status: random.pick(errors) } }) },
  {
    name: 'compressed',
    cuts: true,
    lasts: [1000, 4000],
    faults: (random) => ({ sse: { gzip: random.pick(['flush', 'hold'] as const) } }),
  },
]

const requests = (way: 'poll' | 'post'): readonly Spoilt[] => [
  { name: 'delayed', faults: (random) => ({ [way]: { delay: random.between(100, 2000) } }) },
  { name: 'hangs', faults: () => ({ [way]: 'hang' }) },
  { name: 'handled, not answered', faults: () => ({ [way]: 'unanswered' }) },
  { name: 'cut', faults: (random) => ({ [way]: { cut: random.below(random.pick([2, 100, 1000])) } }) },
  { name: 'refused', cuts: true, faults: (random) => ({ [way]: { status: random.pick(errors) } }) },
  { name: 'too many', cuts: true, faults: () => ({ [way]: { status: 429, retryAfter: 1 } }) },
  { name: 'compressed', faults: () => ({ [way]: { gzip: true } }) },
]

export const spoilt: Readonly<Record<Way, readonly Spoilt[]>> = {
  websocket,
  sse,
  poll: requests('poll'),
  post: requests('post'),
}
