import { COMPARISONS, comparable, isBare } from '../carriers.js'
import type { Entrant } from '../entrant.js'
import type { Laboratory } from '../lab.js'
import type { Measurement, Setting, Table } from '../measurement.js'
import { interleave } from '../rounds.js'
import { quantile } from '../statistics.js'

const TIMEOUT = 30_000
/** Events at 200 a second, and echoes, of one round: two seconds each. */
const EVENTS = 400
const ECHOES = 150
/** Each of them takes many samples. */
const MOST_ROUNDS = 2

const SHARES = [50, 99]

/** One kind of samples, and how one round of them is taken. */
interface Sampling {
  readonly key: string
  readonly title: string
  /** In ms; none where there is nothing to sample. */
  readonly take: (laboratory: Laboratory, entrant: Entrant, quick: boolean) => Promise<readonly number[] | undefined>
}

const SAMPLINGS: readonly Sampling[] = [
  { key: 'latency', title: 'Time from publishing to the listener at 200 events a second', take: takeLatencies },
  { key: 'echo', title: 'Time until a message comes back', take: takeEchoes },
]

/** How late an event of a calm stream is heard, and how long a way up and down takes. */
export const latency: Measurement = {
  name: 'latency',
  async run(setting) {
    const tables: Table[] = []
    for (const sampling of SAMPLINGS) tables.push(...(await sample(sampling, setting)))
    return tables
  },
}

async function sample({ key, title, take }: Sampling, setting: Setting): Promise<Table[]> {
  const { laboratory, quick, rounds, wanted } = setting
  const all = comparable(laboratory.entrants, (name) => wanted(name) && !isBare(name))
  const chosen = all.filter(({ carrier }) => !quick || carrier === 'websocket')
  const candidates = chosen.map((entrant) => ({
    name: entrant.name,
    measure: () => take(laboratory, entrant, quick),
  }))
  const results = await interleave(candidates, Math.min(rounds, quick ? 1 : MOST_ROUNDS), 0)
  return COMPARISONS.flatMap(({ carrier, title: by, baseline }) => {
    const compared = chosen.filter(
      (entrant) => entrant.carrier === carrier && results.get(entrant.name)?.every((samples) => samples?.length !== 0),
    )
    return SHARES.map((share) => ({
      key: `${key}-p${share}-${carrier}`,
      title: `${title}, ${by}, p${share}`,
      unit: 'ms' as const,
      baseline,
      series: compared.map(({ name }) => ({
        name,
        values: (results.get(name) ?? []).map((samples) => samples && quantile(samples, share / 100)),
      })),
    })).filter(({ series }) => series.length > 0)
  })
}

async function takeLatencies(laboratory: Laboratory, entrant: Entrant, quick: boolean) {
  const count = quick ? EVENTS / 4 : EVENTS
  const outcome = await laboratory.run({ entrant, exercise: 'steady', count, timeout: TIMEOUT })
  if (!outcome) return undefined
  const published = await laboratory.publishedTimes(entrant)
  const latencies = outcome.times.map((time, index) => time - (published[index] ?? Number.NaN))
  const least = Math.min(...latencies)
  if (!(least > 0)) throw new Error(`${entrant.name}: an event was heard ${-least} ms before it was published`)
  return latencies
}

async function takeEchoes(laboratory: Laboratory, entrant: Entrant, quick: boolean) {
  const count = quick ? ECHOES / 5 : ECHOES
  return (await laboratory.run({ entrant, exercise: 'echo', count, timeout: TIMEOUT }))?.times
}
