import { COMPARISONS, comparable, isBare } from '../carriers.js'
import { TICK_BYTES } from '../events.js'
import type { Outcome } from '../lab.js'
import type { Measurement, Setting, Table, Unit } from '../measurement.js'
import { type Candidate, interleave } from '../rounds.js'

const TIMEOUT = 60_000

/** What is read off one burst. */
interface Reading {
  readonly key: string
  readonly title: string
  readonly unit: Unit
  readonly read: (outcome: Outcome, count: number) => number
}

const SPEED: Reading = {
  key: 'burst',
  title: 'Burst of',
  unit: 'events/s',
  read: ({ total }, count) => (count / total) * 1_000,
}
const TIME: Reading = {
  key: 'burst',
  title: 'Time to the last event of a burst of',
  unit: 'ms',
  read: ({ total }) => total,
}
const MAIN_THREAD: Reading = {
  key: 'main-thread',
  title: "CPU time of the page's main thread for a burst of",
  unit: 'ms',
  read: ({ cost }) => cost.page.main,
}
const SERVER: Reading = {
  key: 'server',
  title: 'CPU time of the server for a burst of',
  unit: 'ms',
  read: ({ cost }) => cost.server.all,
}

interface Burst {
  readonly count: number
  readonly bytes: number
  readonly readings: readonly Reading[]
  /** Who takes part beside the baselines. */
  readonly among: (name: string) => boolean
}

const everybody = () => true
const peers = (name: string) => !isBare(name)
const own = (name: string) => peers(name) && /^(Holdfast|raw|fetch \+)/.test(name)

/** It comes first: it leaves every server as warm as one that has been up for a while. */
const LARGEST = 100_000

const MIDDLE: Burst = { count: 10_000, bytes: TICK_BYTES, readings: [SPEED], among: own }

/** The scheduler's clocks are too coarse for what the smaller ones cost. */
const BURSTS: readonly Burst[] = [
  { count: LARGEST, bytes: TICK_BYTES, readings: [SPEED, MAIN_THREAD, SERVER], among: everybody },
  MIDDLE,
  { count: 1_000, bytes: TICK_BYTES, readings: [TIME], among: own },
  { count: 100, bytes: TICK_BYTES, readings: [TIME], among: own },
  { count: 1_000, bytes: 16_384, readings: [SPEED], among: peers },
]

/** One burst: from the page's request for it to the last event, decoded and counted, and what it cost both sides. */
export const burst: Measurement = {
  name: 'burst',
  async run(setting) {
    const tables: Table[] = []
    for (const each of setting.quick ? [MIDDLE] : BURSTS) tables.push(...(await burstOf(each, setting)))
    return tables
  },
}

async function burstOf({ count, bytes, readings, among }: Burst, setting: Setting): Promise<Table[]> {
  const { laboratory, rounds, warmup, wanted } = setting
  const chosen = comparable(laboratory.entrants, (name) => wanted(name) && among(name))
  const candidates: Candidate<Outcome>[] = chosen.map((entrant) => ({
    name: entrant.name,
    measure: () => laboratory.run({ entrant, exercise: 'burst', count, bytes, timeout: TIMEOUT }),
  }))
  const outcomes = await interleave(candidates, rounds, count === LARGEST || setting.quick ? warmup : 0)
  const size = bytes === TICK_BYTES ? '' : `x${bytes}`
  const events = `${count.toLocaleString('en')} events${size && ` of ${bytes / 1_024} KiB`}`
  return readings.flatMap(({ key, title, unit, read }) =>
    COMPARISONS.map(({ carrier, title: by, baseline }) => ({
      key: `${key}-${count}${size}-${carrier}`,
      title: `${title} ${events}, ${by}`,
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
