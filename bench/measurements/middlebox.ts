import type { Faults, Middlebox } from '../../test/support/middlebox.js'
import { Boxes } from '../boxes.js'
import type { Entrant } from '../entrant.js'
import type { Laboratory } from '../lab.js'
import type { Measurement, Setting, Table } from '../measurement.js'
import { type Candidate, interleave } from '../rounds.js'

/** A first event that takes longer than this counts as never, in ms. */
const TIMEOUT = 15_000

/** Requests that are the page's own: the page, and its script. */
const OWN_REQUESTS = 2

interface Case {
  readonly key: string
  readonly title: string
  readonly faults: Partial<Faults>
  /** The Holdfast transport that passes: alone, it is what the race is measured against. */
  readonly passes: string
  /** Whether it is the case of a quick run. */
  readonly quick: boolean
}

const CASES: readonly Case[] = [
  { key: 'clean', title: 'nothing spoilt', faults: {}, passes: 'Holdfast, websocket', quick: false },
  {
    key: 'refused',
    title: 'WebSocket refused with 403',
    faults: { websocket: { status: 403 } },
    passes: 'Holdfast, sse',
    quick: false,
  },
  { key: 'hangs', title: 'WebSocket hangs', faults: { websocket: 'hang' }, passes: 'Holdfast, sse', quick: true },
  {
    key: 'silent',
    title: 'WebSocket opens and is silent',
    faults: { websocket: { swallow: 'down' } },
    passes: 'Holdfast, sse',
    quick: false,
  },
  {
    key: 'held',
    title: 'WebSocket refused, streams held back',
    faults: { websocket: { status: 403 }, sse: 'buffer' },
    passes: 'Holdfast, long-poll',
    quick: false,
  },
  {
    key: 'hangs-held',
    title: 'WebSocket hangs, streams held back',
    faults: { websocket: 'hang', sse: 'buffer' },
    passes: 'Holdfast, long-poll',
    quick: false,
  },
  {
    key: 'all-held',
    title: 'WebSocket refused, every body held back until its end',
    faults: { websocket: { status: 403 }, body: 'buffer' },
    passes: 'Holdfast, long-poll',
    quick: false,
  },
]

/** What came of one visit. */
interface Visit {
  /** Time to the first event, in ms. */
  readonly first: number
  /** That the page made until then, beside its own: whatever carries events, and whatever asks how. */
  readonly requests: number
}

/** First event through a proxy that spoils something: on a first visit, and on the next one in the same profile. */
export const middlebox: Measurement = {
  name: 'middlebox',
  async run(setting) {
    const tables: Table[] = []
    for (const spoilt of CASES) {
      if (!setting.quick || spoilt.quick) tables.push(...(await behind(spoilt, setting)))
    }
    return tables
  },
}

async function behind(spoilt: Case, { laboratory, quick, rounds, warmup, wanted }: Setting): Promise<Table[]> {
  const baseline = 'socket.io'
  const chosen = laboratory.entrants.filter(
    ({ name, carrier }) => name === baseline || (wanted(name) && (carrier === 'any' || name === spoilt.passes)),
  )
  return Boxes.with(chosen, spoilt.faults, async (boxes) => {
    const candidates = chosen.flatMap((entrant) => visits(laboratory, entrant, boxes).slice(0, quick ? 1 : 2))
    const results = await interleave(candidates, rounds, warmup)
    const series = (read: (visit: Visit) => number) =>
      candidates.map(({ name }) => ({ name, values: (results.get(name) ?? []).map((visit) => visit && read(visit)) }))
    return [
      {
        key: `behind-${spoilt.key}`,
        title: `Time to first event, ${spoilt.title}`,
        unit: 'ms',
        baseline,
        series: series(({ first }) => first),
      },
      {
        key: `requests-${spoilt.key}`,
        title: `Requests until the first event, ${spoilt.title}`,
        unit: 'requests',
        baseline: undefined,
        series: series(({ requests }) => requests),
      },
    ]
  })
}

/** The first visit, and for Holdfast, which chooses among transports and learns, the next one in the same profile. */
function visits(laboratory: Laboratory, entrant: Entrant, boxes: Boxes): Candidate<Visit>[] {
  const box = boxes.before(entrant)
  const task = { entrant, exercise: 'first', count: 0, port: boxes.portBefore(entrant), timeout: TIMEOUT } as const

  async function visit(context: string): Promise<Visit | undefined> {
    box.forget()
    const outcome = await laboratory.visit(task, context)
    return outcome && { first: outcome.first, requests: requestsThrough(box) - OWN_REQUESTS }
  }

  async function inProfile(measure: (context: string) => Promise<Visit | undefined>): Promise<Visit | undefined> {
    const context = await laboratory.browser.createContext()
    try {
      return await measure(context)
    } finally {
      await laboratory.browser.disposeContext(context)
    }
  }

  const first: Candidate<Visit> = { name: entrant.name, measure: () => inProfile(visit) }
  if (entrant.carrier !== 'any') return [{ ...first, name: `${entrant.name} alone` }]
  if (!entrant.name.startsWith('Holdfast')) return [first]
  const next: Candidate<Visit> = {
    name: `${entrant.name}, next visit`,
    measure: () =>
      inProfile(async (context) => {
        await visit(context)
        return visit(context)
      }),
  }
  return [first, next]
}

function requestsThrough(box: Middlebox): number {
  return Object.values(box.counts().requests).reduce((sum, count) => sum + count, 0)
}
