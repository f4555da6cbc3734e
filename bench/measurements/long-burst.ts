import { WARM_UP } from '../exercises/slices.js'
import type { Outcome } from '../lab.js'
import type { Measurement, Table } from '../measurement.js'
import { interleave } from '../rounds.js'

const TIMEOUT = 120_000
const COUNT = 1_000_000
const QUICK_COUNT = 100_000
/** It is long enough to tell by itself. */
const MOST_ROUNDS = 2

/** Of a WebSocket with one event a frame it is known what it costs: it would take a minute each time. */
const BASELINES = [
  'raw WebSocket, 64 a frame',
  'EventSource',
  'fetch + eventsource-parser, ids and types',
  'JSON long-poll',
]
const HOLDFAST = ['Holdfast, websocket', 'Holdfast, sse', 'Holdfast, long-poll']

/** What came of one long burst, and by how much the page's heap has grown, in KiB. */
interface Endurance {
  readonly outcome: Outcome
  readonly growth: number
}

/** A burst that is long enough to keep a page from answering its user, or to fill its memory. */
export const longBurst: Measurement = {
  name: 'long-burst',
  async run(setting) {
    const { laboratory, quick, rounds, wanted } = setting
    const names = quick ? HOLDFAST.slice(0, 1) : [...HOLDFAST.filter(wanted), ...BASELINES]
    const count = quick ? QUICK_COUNT : COUNT
    const candidates = laboratory.find(names).map((entrant) => ({
      name: entrant.name,
      async measure(): Promise<Endurance | undefined> {
        let before = 0
        let after = 0
        const task = { entrant, exercise: 'slices', count: WARM_UP + count, timeout: TIMEOUT } as const
        const outcome = await laboratory.run(task, {
          gate: async (target) => {
            before = await laboratory.browser.usedHeap(target)
          },
          beforeClose: async (target) => {
            after = await laboratory.browser.usedHeap(target)
          },
        })
        return outcome && { outcome, growth: (after - before) / 1_024 }
      },
    }))
    const results = await interleave(candidates, quick ? 1 : Math.min(rounds, MOST_ROUNDS), 0)
    return tablesOf(count, names, results)
  },
}

function tablesOf(count: number, names: readonly string[], results: Map<string, (Endurance | undefined)[]>): Table[] {
  const series = (read: (endurance: Endurance) => number) =>
    names.map((name) => ({ name, values: (results.get(name) ?? []).map((each) => each && read(each)) }))
  const events = `a burst of ${count.toLocaleString('en')} events`
  return [
    {
      key: `long-tasks-${count}`,
      title: `Tasks over 50 ms in ${events}`,
      unit: 'tasks',
      baseline: undefined,
      series: series(({ outcome }) => outcome.times.length),
      note: 'Published in slices of 50,000; the next one is asked for when half of the last has come.',
    },
    {
      key: `longest-task-${count}`,
      title: `Longest of the tasks over 50 ms in ${events}`,
      unit: 'ms',
      baseline: undefined,
      series: series(({ outcome }) => Math.max(0, ...outcome.times)),
      note: '0 where there was none.',
    },
    {
      key: `long-burst-${count}`,
      title: `Events a second in ${events}`,
      unit: 'events/s',
      baseline: undefined,
      series: series(({ outcome }) => (count / outcome.total) * 1_000),
    },
    {
      key: `retained-heap-${count}`,
      title: `Heap that is still in use after ${events}, above what was before`,
      unit: 'KiB',
      baseline: undefined,
      series: series(({ growth }) => growth),
      note: `Garbage is collected before both readings. ${WARM_UP.toLocaleString('en')} events came before the first, so that code that is compiled does not count.`,
    },
  ]
}
