import type { Setting, Table } from '../measurement.js'
import { interleave } from '../rounds.js'
import { type Cost, measureGroup } from '../sharing/cost.js'
import { TabGroup } from '../sharing/group.js'
import { median } from '../statistics.js'
import { verdict } from './tables.js'

const TABS = [1, 2, 5, 10, 20]
const PARTS = { steady: 200, burst: 10_000 }
/** Opening twenty tabs takes longer than what they do. */
const MOST_ROUNDS = 2

/** What a burst costs all tabs that share a connection, against their number: the first one leads. */
export async function growingTabs({ laboratory, rounds }: Setting): Promise<Table[]> {
  const steps = TABS.map((amount) => ({ amount, name: amount === 1 ? '1 tab' : `${amount} tabs` }))
  const candidates = steps.map(({ amount, name }) => ({
    name,
    measure: () => TabGroup.with(laboratory, amount - 1, PARTS, measureGroup),
  }))
  const outcomes = await interleave(candidates, Math.min(rounds, MOST_ROUNDS), 0)
  const series = (read: (cost: Cost, tabs: number) => number) =>
    steps.map(({ name, amount }) => ({
      name,
      values: (outcomes.get(name) ?? []).map((cost) => cost && read(cost, amount)),
    }))
  const baseline = steps[0]?.name
  const burst = `a burst of ${PARTS.burst.toLocaleString('en')} events`
  const all = series(({ first, follower = 0 }, tabs) => first + follower * (tabs - 1))
  const points = steps.map(({ amount, name }, index) => ({ amount, name, value: median(all[index]?.values ?? []) }))
  return [
    {
      key: 'growth-tabs-leader',
      title: `CPU time of the leader's main thread for ${burst} against the number of tabs`,
      unit: 'ms',
      baseline,
      series: series(({ first }) => first),
    },
    {
      key: 'growth-tabs-cost',
      title: `CPU time of all tabs' main threads for ${burst} against their number`,
      unit: 'ms',
      baseline,
      series: all,
      // One alone has nobody to pass events on to: that is another thing, not the least of the same.
      note: `From 2 tabs on: ${verdict(points.slice(1), 'of all of them together')}`,
    },
    {
      key: 'growth-tabs-end',
      title: `Time to the last event of ${burst} in the last tab against the number of tabs`,
      unit: 'ms',
      baseline,
      series: series(({ firstEnd, followerEnd = 0 }) => Math.max(firstEnd, followerEnd)),
    },
  ]
}
