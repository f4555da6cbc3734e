import type { Setting, Table } from '../measurement.js'
import { readProcessorTime } from '../processor.js'
import { type Candidate, interleave } from '../rounds.js'
import { quantile } from '../statistics.js'
import { TabGroup } from './group.js'

/** Events a second, while latency is measured. */
const RATE = 200

/** What came of one group. */
export interface Cost {
  /** CPU time of main threads for the burst, in ms: of the first tab, and of its followers on average. */
  readonly first: number
  readonly follower: number | undefined
  /** From asking for the burst to its last event, in ms: in the first tab, and in the last of its followers. */
  readonly firstEnd: number
  readonly followerEnd: number | undefined
  /** From an event in the leader to the same one in a follower, in ms: all of them. */
  readonly latencies: readonly number[]
}

/** Who is measured, and what is read of it. */
interface Row {
  readonly name: string
  readonly group: string
  readonly of: 'first' | 'follower'
}

const ALONE = 'one tab, without share'
const GROUPS = new Map([
  [ALONE, undefined],
  ['leader, no followers', 0],
  ['leader of 1', 1],
  ['leader of 10', 10],
  ['leader of 19', 19],
])
const ROWS: readonly Row[] = [
  ...[...GROUPS.keys()].map((group): Row => ({ name: group, group, of: 'first' })),
  { name: 'follower, the only one', group: 'leader of 1', of: 'follower' },
  { name: 'follower, one of 10', group: 'leader of 10', of: 'follower' },
  { name: 'follower, one of 19', group: 'leader of 19', of: 'follower' },
]

/** What sharing costs each tab, and how much later followers hear. */
export async function costOfSharing({ laboratory, quick, rounds, warmup }: Setting): Promise<Table[]> {
  const parts = { steady: quick ? RATE : 5 * RATE, burst: quick ? 10_000 : 100_000 }
  const groups = [...GROUPS].filter(([, followers]) => !quick || (followers ?? 0) <= 1)
  const candidates: Candidate<Cost>[] = groups.map(([name, followers]) => ({
    name,
    measure: () => TabGroup.with(laboratory, followers, parts, measureGroup),
  }))
  const outcomes = await interleave(candidates, quick ? 1 : rounds, quick ? 0 : warmup)
  const series = (read: (cost: Cost, of: Row['of']) => number | undefined) =>
    ROWS.filter(({ group }) => outcomes.has(group)).map(({ name, group, of }) => ({
      name,
      values: (outcomes.get(group) ?? []).map((cost) => cost && read(cost, of)),
    }))
  const latency = (percentile: number, group: string) => ({
    name: `p${percentile}, ${group}`,
    values: (outcomes.get(group) ?? []).map((cost) => cost && quantile(cost.latencies, percentile / 100)),
  })
  const burst = `a burst of ${parts.burst.toLocaleString('en')} events`
  return [
    {
      key: `sharing-main-thread-${parts.burst}`,
      title: `CPU time of a tab's main thread for ${burst}, shared`,
      unit: 'ms',
      baseline: ALONE,
      series: series(({ first, follower }, of) => (of === 'first' ? first : follower)),
    },
    {
      key: `sharing-end-${parts.burst}`,
      title: `Time to the last event of ${burst}, shared`,
      unit: 'ms',
      baseline: ALONE,
      series: series(({ firstEnd, followerEnd }, of) => (of === 'first' ? firstEnd : followerEnd)),
    },
    {
      key: 'sharing-latency',
      title: `Time from leader to follower, ${RATE} events a second`,
      unit: 'ms',
      baseline: latency(50, 'leader of 1').name,
      series: groups.flatMap(([group, followers]) => (!followers ? [] : [latency(50, group), latency(99, group)])),
    },
  ]
}

export async function measureGroup(group: TabGroup): Promise<Cost> {
  const { first, followers, tabs } = group
  await group.steady(1_000 / RATE)
  const led = await first.times('steady')
  const followed = await Promise.all(followers.map((tab) => tab.times('steady')))
  const latencies = followed.flatMap((times) => times.map((time, index) => time - (led[index] ?? 0)))

  const read = () => Promise.all(tabs.map(async ({ process }) => (await readProcessorTime([process])).main))
  const before = await read()
  const asked = performance.timeOrigin + performance.now()
  await group.burst()
  const ends = (await Promise.all(tabs.map((tab) => tab.times('burst')))).map(([end = 0]) => end - asked)
  const [spent = 0, ...spentByFollowers] = (await read()).map((time, index) => time - (before[index] ?? 0))
  const count = followers.length
  return {
    first: spent,
    follower: count === 0 ? undefined : spentByFollowers.reduce((sum, each) => sum + each, 0) / count,
    firstEnd: ends[0] ?? 0,
    followerEnd: count === 0 ? undefined : Math.max(...ends.slice(1)),
    latencies,
  }
}
