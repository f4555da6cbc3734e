import type { Table } from '../measurement.js'
import { median, ratio, type Series, spread, type Value } from '../statistics.js'

/** One row as text. */
export interface FormattedRow {
  readonly name: string
  readonly median: string
  readonly range: string
  readonly ratio: string
  readonly spread: string
}

export function formatValue(value: Value, unit: Table['unit']): string {
  if (value === undefined) return 'never'
  if (unit === 'events/s') return Math.round(value).toLocaleString('en')
  return value.toFixed(value < 100 ? 1 : 0)
}

export function formatRow(series: Series, table: Table): FormattedRow {
  const baseline = table.series.find(({ name }) => name === table.baseline)
  const share = baseline && ratio(series, baseline)
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
