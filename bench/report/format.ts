import type { Table, Unit } from '../measurement.js'
import { median, ratio, type Series, spread, type Value } from '../statistics.js'

/** One row as text. */
export interface FormattedRow {
  readonly name: string
  readonly median: string
  readonly range: string
  readonly ratio: string
  readonly spread: string
}

/** Of what there are only whole ones, but in a mean. */
const COUNTS: readonly Unit[] = ['requests', 'events', 'tasks']

export function formatValue(value: Value, unit: Unit): string {
  if (value === undefined) return 'never'
  if (unit === 'events/s') return Math.round(value).toLocaleString('en')
  if (COUNTS.includes(unit) && Number.isInteger(value)) return String(value)
  return value.toFixed(Math.abs(value) < 100 ? 1 : 0)
}

export function formatRow(series: Series, table: Table): FormattedRow {
  const base = table.series.find(({ name }) => name === table.baseline)
  const share = base && ratio(series, base)
  const known = series.values.filter((value) => value !== undefined)
  const low = known.length === 0 ? undefined : Math.min(...known)
  const high = known.length < series.values.length ? undefined : Math.max(...known)
  const width = spread(series)
  return {
    name: series.name,
    median: formatValue(median(series.values), table.unit),
    range: `${formatValue(low, table.unit)} – ${formatValue(high, table.unit)}`,
    ratio: share === undefined ? '–' : share.toFixed(2),
    spread: width === undefined ? '–' : `±${Math.round(width * 100)} %`,
  }
}
