import { Random } from './random.js'

/** What can happen, and how often beside the others. */
const KINDS = {
  open: 10,
  close: 4,
  crash: 4,
  reload: 4,
  navigate: 2,
  freeze: 4,
  thaw: 5,
  stop: 4,
  continue: 5,
  busy: 4,
  cache: 4,
  uncache: 5,
  hide: 3,
  show: 3,
  sleep: 1,
  cut: 5,
  halfOpen: 2,
  refuse: 2,
  hang: 1,
  restart: 1,
  forget: 1,
  trim: 2,
  skip: 2,
  drain: 1,
  revoke: 2,
  publish: 30,
  ephemeral: 6,
  send: 14,
  subscribe: 4,
  unsubscribe: 3,
  login: 2,
  disconnect: 2,
  noise: 2,
  clock: 1,
  online: 2,
  wait: 5,
} as const

export type Kind = keyof typeof KINDS

/** One thing that happens, so many ms after the one before. What is not possible then does not happen. */
export interface Step {
  readonly after: number
  readonly kind: Kind
  /** Which tab, where it is about one. */
  readonly tab: number
  /** From 0 to 1: how much or how long, where that can differ. */
  readonly amount: number
}

/** Everything that a run depends on: given again, it is the same run. */
export interface Schedule {
  readonly seed: number
  readonly locks: boolean
  readonly channels: 'work' | 'missing' | 'throw'
  /** The user is said in a header; else by a cookie, which all tabs have in common. */
  readonly header: boolean
  /** Each user has an identity; else all tabs share one stream. */
  readonly identities: boolean
  /** How likely an answer is lost after the server has done what was asked. */
  readonly lossiness: number
  /** How likely something takes far longer on the network than the rest. */
  readonly slowness: number
  readonly heartbeat: number
  readonly pollLimit: number
  /** How likely a step that costs somebody its place in the stream is followed by many events, a few ms apart. */
  readonly traffic: number
  readonly steps: readonly Step[]
}

export const TABS = 6

/** A random schedule; the first tabs are opened at once. */
export function makeSchedule(seed: number, length = 60): Schedule {
  const random = new Random(seed)
  const bag = Object.entries(KINDS).flatMap(([kind, weight]) => new Array<string>(weight).fill(kind))
  const isKind = (kind: string): kind is Kind => kind in KINDS
  const header = random.chance(0.7)
  const tabs = 3 + random.below(TABS - 2)
  const step = (kind: Kind, after: number, tab = random.below(tabs)): Step => ({
    kind,
    after: Math.round(after * 100) / 100,
    tab,
    amount: Math.round(random.next() * 1000) / 1000,
  })
  const pause = () =>
    random.chance(0.5)
      ? random.between(0, 20)
      : random.chance(0.8)
        ? random.between(0, 1_000)
        : random.between(0, 8_000)
  const steps = Array.from({ length: tabs }, (_, tab) => step('open', random.between(0, 30), tab))
  while (steps.length < length) steps.push(step(random.pick(bag.filter(isKind)), pause()))
  return {
    seed,
    locks: random.chance(0.6),
    channels: random.chance(0.95) ? 'work' : random.pick(['missing', 'throw']),
    header,
    identities: header || random.chance(0.5),
    lossiness: random.chance(0.5) ? 0 : random.between(0, 0.3),
    slowness: 0.05,
    heartbeat: random.pick([1_500, 5_000, 15_000]),
    traffic: random.chance(0.4) ? 0.7 : 0,
    pollLimit: random.chance(0.8) ? 1_000 : 1 + random.below(5),
    steps,
  }
}
