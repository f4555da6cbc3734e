import type { Table } from '../measurement.js'
import { type FormattedRow, formatRow } from './format.js'

/** A table for the terminal. */
export function textTable(table: Table): string {
  const head: FormattedRow = {
    name: '',
    median: table.unit,
    range: 'lowest – highest',
    ratio: table.baseline === undefined ? '' : `to ${table.baseline}`,
    spread: 'spread',
  }
  const rows = [head, ...table.series.map((series) => formatRow(series, table))]
  const widths = {
    name: widest(rows.map(({ name }) => name)),
    median: widest(rows.map((row) => row.median)),
    range: widest(rows.map(({ range }) => range)),
    ratio: widest(rows.map((row) => row.ratio)),
    spread: widest(rows.map((row) => row.spread)),
  }
  const lines = rows.map((row) =>
    [
      `  ${row.name.padEnd(widths.name)}`,
      row.median.padStart(widths.median),
      row.range.padStart(widths.range),
      row.ratio.padStart(widths.ratio),
      row.spread.padStart(widths.spread),
    ].join('   '),
  )
  return `${[table.title, ...lines, ...(table.note === undefined ? [] : [`  ${table.note}`])].join('\n')}\n`
}

/** The same table in Markdown. */
export function markdownTable(table: Table): string {
  const rows = table.series.map((series) => {
    const row = formatRow(series, table)
    return `| ${row.name} | ${row.median} | ${row.range} | ${row.ratio} | ${row.spread} |`
  })
  const ratio = table.baseline === undefined ? 'ratio' : `ratio to ${table.baseline}`
  const head = `| | ${table.unit} (median) | lowest – highest | ${ratio} | spread |`
  const note = table.note === undefined ? [] : ['', table.note]
  return [head, '|---|---:|---:|---:|---:|', ...rows, ...note].join('\n')
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}
