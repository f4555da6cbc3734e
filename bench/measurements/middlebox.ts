import { type Faults, startMiddlebox } from '../../test/support/middlebox.js'
import type { Entrant, Laboratory } from '../lab.js'
import type { Measurement, Setting, Table } from '../measurement.js'
import { type Candidate, interleaveValues } from '../rounds.js'

/** A first event that takes longer than this counts as never, in ms. */
const TIMEOUT = 15_000

interface Case {
  readonly key: string
  readonly title: string
  readonly faults: Partial<Faults>
  /** The Holdfast transport that passes: alone, it is what the race is measured against. */
  readonly passes: string
  /** Whether it is one of the cases of a quick run. */
  readonly quick: boolean
}

const CASES: readonly Case[] = [
  { key: 'clean', title: 'nothing spoilt', faults: {}, passes: 'Holdfast, websocket', quick: false },
  {
    key: 'refused',
    title: 'WebSocket refused with 403',
    faults: { websocket: { status: 403 } },
    passes: 'Holdfast, sse',
    quick: true,
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
    quick: true,
  },
  {
    key: 'hangs-held',
    title: 'WebSocket hangs, streams held back',
    faults: { websocket: 'hang', sse: 'buffer' },
    passes: 'Holdfast, long-poll',
    quick: false,
  },
]

/** Time to first event through a proxy that spoils something: on a first visit, and on the next one in the same profile. */
export const middlebox: Measurement = {
  name: 'middlebox',
  async run(setting) {
    const tables: Table[] = []
    for (const spoilt of CASES) {
      if (!setting.quick || spoilt.quick) tables.push(await behind(spoilt, setting))
    }
    return tables
  },
}

async function behind(spoilt: Case, { laboratory, quick, rounds, warmup, wanted }: Setting): Promise<Table> {
  const baseline = 'socket.io'
  const chosen = laboratory.entrants.filter(
    ({ name, carrier }) => name === baseline || (wanted(name) && (carrier === 'any' || name === spoilt.passes)),
  )
  const boxes = new Map<number, Awaited<ReturnType<typeof startMiddlebox>>>()
  for (const { port } of chosen) {
    if (boxes.has(port)) continue
    const box = await startMiddlebox(`http://127.0.0.1:${port}`)
    box.set(spoilt.faults)
    boxes.set(port, box)
  }
  try {
    const candidates = chosen.flatMap((entrant) => {
      const port = Number(new URL(boxes.get(entrant.port)?.url ?? '').port)
      return visits(laboratory, entrant, port).slice(0, quick ? 1 : 2)
    })
    const series = await interleaveValues(candidates, rounds, warmup)
    return { key: `behind-${spoilt.key}`, title: `Time to first event, ${spoilt.title}`, unit: 'ms', baseline, series }
  } finally {
    for (const box of boxes.values()) await box.close()
  }
}

/** The first visit, and for those who choose among transports, and so could learn, the next one in the same profile. */
function visits(laboratory: Laboratory, entrant: Entrant, port: number): Candidate<number>[] {
  const task = { entrant, count: 0, port, timeout: TIMEOUT }
  const first: Candidate<number> = { name: entrant.name, measure: async () => (await laboratory.run(task))?.first }
  if (entrant.carrier !== 'any') return [{ ...first, name: `${entrant.name} alone` }]
  const next: Candidate<number> = {
    name: `${entrant.name}, next visit`,
    async measure() {
      const context = await laboratory.browser.createContext()
      try {
        await laboratory.visit(task, context)
        return (await laboratory.visit(task, context))?.first
      } finally {
        await laboratory.browser.disposeContext(context)
      }
    },
  }
  return [first, next]
}
