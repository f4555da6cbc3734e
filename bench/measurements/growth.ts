import type { Entrant } from '../entrant.js'
import { TICK_BYTES } from '../events.js'
import { type Grown, growthTables } from '../growth/tables.js'
import { growingTabs } from '../growth/tabs.js'
import type { Measurement, Setting, Table } from '../measurement.js'
import { interleave } from '../rounds.js'

const TIMEOUT = 60_000
const COUNT = 100_000
/** What all events of a burst are together, where their size grows. */
const TOGETHER = 10 * 2 ** 20
const SIZES = [100, 1_024, 4_096, 16_384, 65_536]
const MOST_ROUNDS = 2

/** One burst of one step. */
interface Step {
  readonly name: string
  readonly entrant: Entrant
  /** Of what there is more and more. */
  readonly amount: number
  readonly count: number
  readonly bytes: number
}

/** What a burst costs where there is more and more of something: listeners, types, topics, bytes, tabs. */
export const growth: Measurement = {
  name: 'growth',
  async run(setting) {
    if (setting.quick) return []
    const { variations } = setting.laboratory
    const tables: Table[] = []
    for (const what of ['listener', 'type', 'topic']) {
      const steps = variations
        .filter(({ name }) => new RegExp(`^[\\d,]+ ${what}s?$`).test(name))
        .map((entrant) => {
          const amount = Number.parseInt(entrant.name.replaceAll(',', ''), 10)
          return { name: entrant.name, entrant, amount, count: COUNT, bytes: TICK_BYTES }
        })
      const grown = await measure(steps, setting)
      tables.push(...growthTables(`${what}s`, `a burst of ${COUNT.toLocaleString('en')} events`, grown))
    }
    tables.push(...growthTables('bytes', '10 MiB of events', await measure(sizes(setting), setting)))
    return [...tables, ...(await growingTabs(setting))]
  },
}

function sizes({ laboratory }: Setting): Step[] {
  const [entrant] = laboratory.find(['Holdfast, websocket'])
  if (!entrant) return []
  return SIZES.map((bytes) => {
    const name = bytes < 1_024 ? `${bytes} bytes` : `${bytes / 1_024} KiB`
    return { name, entrant, amount: bytes, count: Math.round(TOGETHER / bytes), bytes }
  })
}

async function measure(steps: readonly Step[], { laboratory, rounds, warmup }: Setting): Promise<Grown[]> {
  const candidates = steps.map(({ name, entrant, count, bytes }) => ({
    name,
    async measure() {
      let heap = 0
      const gate = async (target: string) => {
        heap = (await laboratory.browser.usedHeap(target)) / 1_024
      }
      const outcome = await laboratory.run({ entrant, exercise: 'burst', count, bytes, timeout: TIMEOUT }, { gate })
      return outcome && { heap, ...outcome }
    },
  }))
  const outcomes = await interleave(candidates, Math.min(rounds, MOST_ROUNDS), warmup)
  return steps.map(({ name, amount, count, bytes }) => {
    const of = outcomes.get(name) ?? []
    return {
      name,
      amount,
      events: count,
      bytes: count * bytes,
      totals: of.map((outcome) => outcome?.total),
      costs: of.map((outcome) => outcome?.cost.page.main),
      heaps: of.map((outcome) => outcome?.heap),
    }
  })
}
