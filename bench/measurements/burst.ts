import type { Carrier } from '../contract.js'
import type { Measurement, Setting, Table } from '../measurement.js'
import { interleave } from '../rounds.js'

const TIMEOUT = 60_000

/** Whom the others on the same carrier are divided by. */
const BASELINES: readonly { readonly carrier: Carrier; readonly title: string; readonly baseline: string }[] = [
  { carrier: 'websocket', title: 'WebSocket', baseline: 'raw WebSocket' },
  { carrier: 'stream', title: 'streaming', baseline: 'EventSource' },
  { carrier: 'poll', title: 'long-polling', baseline: 'JSON long-poll' },
]

/** Events per second of one burst: from the page's request for it to the last event, decoded and counted. */
export const burst: Measurement = {
  name: 'burst',
  async run(setting) {
    const tables: Table[] = []
    for (const count of setting.quick ? [10_000] : [10_000, 100_000]) {
      tables.push(...(await burstOf(count, setting)))
    }
    return tables
  },
}

async function burstOf(count: number, { laboratory, rounds, warmup, wanted }: Setting): Promise<Table[]> {
  const baselines = BASELINES.map(({ baseline }) => baseline)
  const candidates = laboratory.entrants
    .filter(({ name, carrier }) => carrier !== 'any' && (baselines.includes(name) || wanted(name)))
    .map((entrant) => ({
      name: entrant.name,
      measure: async () => {
        const report = await laboratory.run({ entrant, count, timeout: TIMEOUT })
        return report && (count / report.total) * 1_000
      },
    }))
  const series = await interleave(candidates, rounds, warmup)
  const carrierOf = new Map(laboratory.entrants.map(({ name, carrier }) => [name, carrier]))
  return BASELINES.map(({ carrier, title, baseline }) => ({
    key: `burst-${count}-${carrier}`,
    title: `Burst of ${count.toLocaleString('en')} events, ${title}`,
    unit: 'events/s',
    baseline,
    series: series.filter(({ name }) => carrierOf.get(name) === carrier),
  }))
}
