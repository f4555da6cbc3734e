import { BASELINE, broadcasters } from '../broadcast/broadcasters.js'
import { buildBroadcast, type Delivery, type Memory, Stage } from '../broadcast/stage.js'
import { type Manner, type Results, tablesOf } from '../broadcast/tables.js'
import type { Measurement, Setting } from '../measurement.js'
import { interleave } from '../rounds.js'

/** How many clients each server has. */
const COUNTS = [1_000, 2_500, 5_000, 10_000]
const QUICK_COUNTS = [500]

/** Where each event is a write for each client, a round takes seconds. */
const MOST_ROUNDS = 3

const MANNERS: readonly Manner[] = [
  { key: 'single', title: 'one event after another', events: 1, turns: 10 },
  { key: 'together', title: '64 events at once', events: 64, turns: 1 },
]

/** What idle connections cost the server, and how fast everybody hears the same events. */
export const broadcast: Measurement = {
  name: 'broadcast',
  async run(setting) {
    const modules = await buildBroadcast()
    const stages: Stage[] = []
    try {
      for (const { name } of broadcasters)
        if (name === BASELINE || setting.wanted(name)) stages.push(await Stage.open(name, modules))
      return tablesOf(await measure(stages, setting), MANNERS)
    } finally {
      await Promise.all(stages.map((stage) => stage.close()))
    }
  },
}

/** Memory on the way up, before anything is published; speed on the way down, so that the most clients come first. */
async function measure(stages: readonly Stage[], { quick, rounds, warmup }: Setting): Promise<Results[]> {
  const counts = quick ? QUICK_COUNTS : COUNTS
  const memories = new Map(counts.map((count) => [count, new Map<string, Memory>()]))
  for (const stage of stages) for (const [count, memory] of memories) memory.set(stage.name, await stage.fill(count))

  const results: Results[] = []
  for (const [clients, memory] of [...memories].reverse()) {
    for (const stage of stages) await stage.empty(clients)
    const deliveries = new Map<Manner, Map<string, (Delivery | undefined)[]>>()
    for (const manner of MANNERS) {
      const candidates = stages.map((stage) => ({ name: stage.name, measure: () => play(stage, manner) }))
      // With fewer clients the servers are as warm as more have made them.
      const uncounted = results.length === 0 ? warmup : 0
      deliveries.set(manner, await interleave(candidates, Math.min(rounds, MOST_ROUNDS), uncounted))
    }
    results.push({ clients, memory, deliveries })
  }
  return results
}

/** The mean of a round's events. */
async function play(stage: Stage, { events, turns }: Manner): Promise<Delivery> {
  let time = 0
  let processor = 0
  for (let turn = 0; turn < turns; turn += 1) {
    const delivery = await stage.play(events)
    time += delivery.time
    processor += delivery.processor
  }
  return { time: time / (events * turns), processor: processor / (events * turns) }
}
