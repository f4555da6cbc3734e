import type { Carrier } from '../contract.js'
import type { Outcome } from '../lab.js'
import type { Measurement, Setting, Table } from '../measurement.js'
import { type Candidate, interleave } from '../rounds.js'

const TIMEOUT = 60_000

/** Whom the others on the same carrier are divided by. */
const BASELINES: readonly { readonly carrier: Carrier; readonly title: string; readonly baseline: string }[] = [
  { carrier: 'websocket', title: 'WebSocket', baseline: 'raw WebSocket' },
  { carrier: 'stream', title: 'streaming', baseline: 'EventSource' },
  { carrier: 'poll', title: 'long-polling', baseline: 'JSON long-poll' },
]

/** What is read off one burst. */
interface Reading {
  readonly key: string
  readonly title: string
  readonly unit: Table['unit']
  readonly read: (outcome: Outcome, count: number) => number
}

/** The scheduler's clocks are too coarse for what a small burst costs. */
const LEAST_TO_COST = 100_000

const READINGS: readonly Reading[] = [
  {
    key: 'burst',
    title: 'Burst of',
    unit: 'events/s',
    read: ({ total }, count) => (count / total) * 1_000,
  },
  {
    key: 'main-thread',
    title: "CPU time of the page's main thread for a burst of",
    unit: 'ms',
    read: ({ cost }) => cost.page.main,
  },
  {
    key: 'server',
    title: 'CPU time of the server for a burst of',
    unit: 'ms',
    read: ({ cost }) => cost.server.all,
  },
]

/** One burst: from the page's request for it to the last event, decoded and counted, and what it cost both sides. */
export const burst: Measurement = {
  name: 'burst',
  async run(setting) {
    const tables: Table[] = []
    // The large one first: it leaves every server as warm as one that has been up for a while.
    for (const count of setting.quick ? [10_000] : [100_000, 10_000]) {
      tables.push(...(await burstOf(count, setting)))
    }
    return tables
  },
}

async function burstOf(count: number, { laboratory, rounds, warmup, wanted }: Setting): Promise<Table[]> {
  const chosen = laboratory.entrants.filter(
    ({ name, carrier }) => BASELINES.some(({ baseline }) => baseline === name) || (carrier !== 'any' && wanted(name)),
  )
  const candidates: Candidate<Outcome>[] = chosen.map((entrant) => ({
    name: entrant.name,
    measure: () => laboratory.run({ entrant, count, timeout: TIMEOUT }),
  }))
  const outcomes = await interleave(candidates, rounds, warmup)
  return READINGS.filter(({ key }) => key === 'burst' || count >= LEAST_TO_COST).flatMap(({ key, title, unit, read }) =>
    BASELINES.map(({ carrier, title: by, baseline }) => ({
      key: `${key}-${count}-${carrier}`,
      title: `${title} ${count.toLocaleString('en')} events, ${by}`,
      unit,
      baseline,
      series: chosen
        .filter((entrant) => entrant.carrier === carrier)
        .map(({ name }) => ({
          name,
          values: (outcomes.get(name) ?? []).map((outcome) => outcome && read(outcome, count)),
        })),
    })),
  )
}
