import { setTimeout as sleep } from 'node:timers/promises'
import type { Laboratory } from '../lab.js'
import type { Setting, Table } from '../measurement.js'
import { interleaveValues } from '../rounds.js'
import type { Series } from '../statistics.js'
import { TabGroup } from './group.js'

/** Between two events, in ms. */
const INTERVAL = 5
/** Events of one handover: the leader goes after a third of them. */
const COUNT = 450
const FOLLOWERS = 2

const CONNECT = 'one connect'

/** How long followers hear nothing when their leader's tab goes, beside the time of one connect. */
export async function handover({ laboratory, rounds, warmup }: Setting): Promise<Table> {
  const { browser } = laboratory
  const parts = { steady: COUNT, burst: 0 }
  const series = await interleaveValues(
    [
      {
        name: CONNECT,
        measure: () => TabGroup.with(laboratory, undefined, parts, async ({ first }) => first.ready.connect),
      },
      { name: 'leader closed', measure: () => silenceAfter(laboratory, (target) => browser.closeTarget(target)) },
      { name: 'leader crashed', measure: () => silenceAfter(laboratory, (target) => browser.crashTarget(target)) },
    ],
    rounds,
    warmup,
  )
  const [connect, ...handovers] = series
  return {
    key: 'sharing-handover',
    title: 'Longest time between two events in a follower when the leader goes',
    unit: 'ms',
    baseline: CONNECT,
    series: [...series, ...handovers.map((each) => onTopOf(each, connect))],
  }
}

/** The longest time without an event, from then on, in the follower that waits longest: one leads next, the other finds it. */
function silenceAfter(laboratory: Laboratory, end: (target: string) => Promise<void>): Promise<number> {
  return TabGroup.with(laboratory, FOLLOWERS, { steady: COUNT, burst: 0 }, async (group) => {
    await group.steady(INTERVAL)
    await sleep((COUNT / 3) * INTERVAL)
    const moment = performance.timeOrigin + performance.now()
    await end(group.first.target)
    const heard = await Promise.all(group.followers.map((tab) => tab.times('steady')))
    return Math.max(...heard.map((times) => longestSilence(times, moment)))
  })
}

function longestSilence(times: readonly number[], since: number): number {
  return Math.max(...times.map((time, index) => (time < since ? 0 : time - (times[index - 1] ?? time))))
}

function onTopOf(series: Series, connect: Series | undefined): Series {
  const values = series.values.map((value, round) => {
    const base = connect?.values[round]
    return value === undefined || base === undefined ? undefined : value - base
  })
  return { name: `${series.name}, less the connect`, values }
}
