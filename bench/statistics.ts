/** Undefined stands for "never": it sorts last, as an infinite time would. */
export type Value = number | undefined

/** One row: one value for each counted round, in the order of the rounds. */
export interface Series {
  readonly name: string
  readonly values: readonly Value[]
}

/** The middle of the values, or the mean of the two in the middle. */
export function median(values: readonly Value[]): Value {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined || upper === Number.POSITIVE_INFINITY) return undefined
  return (lower + upper) / 2
}

/**
 * The median of the ratios within each round: what slows the whole machine down for a while slows both, and goes away.
 */
export function ratio(series: Series, baseline: Series): Value {
  return median(
    series.values.map((value, round) => {
      const base = baseline.values[round]
      return value === undefined || base === undefined ? undefined : value / base
    }),
  )
}

/**
 * Half of the distance between the lowest and the highest round, as a share of the median: how far to trust the row. Of one
 * round it is not known, nor where the median is 0.
 */
export function spread(series: Series): Value {
  const middle = median(series.values)
  const known = series.values.filter((value) => value !== undefined)
  if (!middle || known.length < Math.max(series.values.length, 2)) return undefined
  return (Math.max(...known) - Math.min(...known)) / 2 / Math.abs(middle)
}

/** The value that so large a share of all is not above, from 0 to 1. */
export function quantile(values: readonly number[], share: number): Value {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}
