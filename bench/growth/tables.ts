import type { Table } from '../measurement.js'
import { median, type Value } from '../statistics.js'

/** What was measured with one amount of what grows. Times in ms, of each round. */
export interface Grown {
  readonly name: string
  readonly amount: number
  /** Events of a burst, and bytes of all of them. */
  readonly events: number
  readonly bytes: number
  readonly totals: readonly Value[]
  readonly costs: readonly Value[]
  /** Of the page's heap, in KiB, that is in use when it is connected and before its burst. */
  readonly heaps: readonly Value[]
}

/** What may be noise when two costs are compared. */
const NOISE = 1.2

/**
 * How fast a burst is, and what it costs, with more and more of something. Where bytes grow, bursts have the same bytes in
 * all; else the same events.
 */
export function growthTables(what: string, burst: string, steps: readonly Grown[]): Table[] {
  const speed = (work: (step: Grown) => number) =>
    steps.map((step) => ({
      name: step.name,
      values: step.totals.map((total) => total && (work(step) / total) * 1_000),
    }))
  const baseline = steps[0]?.name
  const bySize = what === 'bytes'
  const speeds: Table = {
    key: `growth-${what}`,
    title: bySize ? 'Bytes a second against the size of an event' : `Events a second against the number of ${what}`,
    unit: bySize ? 'MiB/s' : 'events/s',
    baseline,
    series: speed((step) => (bySize ? step.bytes / 2 ** 20 : step.events)),
  }
  const costs: Table = {
    key: `growth-${what}-cost`,
    title: `CPU time of the page's main thread for ${burst} against ${bySize ? 'their size' : `the number of ${what}`}`,
    unit: 'ms',
    baseline,
    series: steps.map(({ name, costs: values }) => ({ name, values })),
    note: `From the first step on: ${verdict(
      steps.map((step) => ({ ...step, value: median(step.costs.map((cost) => cost && cost / step.events)) })),
      bySize ? 'of one event' : 'of the burst',
    )}`,
  }
  // Of the bytes of events nothing is there before they come, or afterwards.
  return bySize ? [speeds, costs] : [speeds, costs, memoryTable(what, steps)]
}

function memoryTable(what: string, steps: readonly Grown[]): Table {
  return {
    key: `growth-${what}-memory`,
    title: `The page's heap before the burst against the number of ${what}`,
    unit: 'KiB',
    baseline: steps[0]?.name,
    series: steps.map(({ name, heaps: values }) => ({ name, values })),
    note: `Garbage is collected before. From the first step on: ${verdict(
      steps.map((step) => ({ ...step, value: median(step.heaps) })),
      'in memory',
    )}`,
  }
}

/** One point of a curve. */
interface Point {
  readonly name: string
  readonly amount: number
  readonly value: Value
}

/** Whether a cost grows faster than what it is for, from any step to the next. */
export function verdict(points: readonly Point[], of: string): string {
  const worse = points.filter(({ amount, value }, index) => {
    const last = points[index - 1]
    if (last?.value === undefined || value === undefined) return false
    return value / last.value > (amount / last.amount) * NOISE
  })
  if (worse.length === 0) return `the cost ${of} grows no faster than linearly at any step.`
  return `**worse than linear** is the cost ${of} at ${worse.map(({ name }) => name).join(', ')}, against the step before.`
}
