import type { Table } from '../measurement.js'
import { median } from '../statistics.js'
import { formatValue } from './format.js'

const WIDTH = 720
const LABELS = 220
const FIGURES = 90
const ROW = 26
const TOP = 40

/** Legible on light and dark pages; the library's own bars stand out. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .bar { fill: #8c959f } .own { fill: #1f6feb }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6e7681 } .own { fill: #58a6ff } }`

/** A horizontal bar chart of the medians, as SVG. A row that is "never" gets no bar. */
export function barChart(table: Table): string {
  const rows = table.series.map(({ name, values }) => ({ name, value: median(values) }))
  const longest = Math.max(...rows.map(({ value }) => value ?? 0), Number.MIN_VALUE)
  const bars = rows.map(({ name, value }, index) => {
    const top = TOP + index * ROW
    const length = ((value ?? 0) / longest) * (WIDTH - LABELS - FIGURES)
    return [
      `<text x="${LABELS - 8}" y="${top + 14}" text-anchor="end">${escapeText(name)}</text>`,
      `<rect class="bar${name.startsWith('Holdfast') ? ' own' : ''}" x="${LABELS}" y="${top}" width="${length.toFixed(1)}" height="18" rx="2"/>`,
      `<text x="${(LABELS + length + 6).toFixed(1)}" y="${top + 14}">${formatValue(value, table.unit)}</text>`,
    ].join('\n')
  })
  const title = escapeText(`${table.title} (${table.unit}, ${table.unit === 'ms' ? 'less' : 'more'} is better)`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + rows.length * ROW + 6}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<text class="title" x="8" y="20">${title}</text>
${bars.join('\n')}
</svg>
`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
