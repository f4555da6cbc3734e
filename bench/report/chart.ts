import type { Table } from '../measurement.js'
import { median } from '../statistics.js'
import { formatValue } from './format.js'

const WIDTH = 720
/** Of names: at least so much, and so much for each character of the longest. */
const LABELS = 160
const CHARACTER = 6.8
const FIGURES = 90
const ROW = 26
const TOP = 58

/** Legible on light and dark pages; the library's own bars stand out. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .bar { fill: #8c959f } .own { fill: #1f6feb }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #6e7681 } .own { fill: #58a6ff } }`

/** A horizontal bar chart of the medians, as SVG. A row that is "never" gets no bar. */
export function barChart(table: Table): string {
  const rows = table.series.map(({ name, values }) => ({ name, value: median(values) }))
  const labels = Math.max(LABELS, 16 + CHARACTER * Math.max(...rows.map(({ name }) => name.length)))
  const longest = Math.max(...rows.map(({ value }) => value ?? 0), Number.MIN_VALUE)
  const bars = rows.map(({ name, value }, index) => {
    const top = TOP + index * ROW
    const length = (Math.max(value ?? 0, 0) / longest) * (WIDTH - labels - FIGURES)
    return [
      `<text x="${labels - 8}" y="${top + 14}" text-anchor="end">${escapeText(name)}</text>`,
      `<rect class="bar${name.startsWith('Holdfast') ? ' own' : ''}" x="${labels}" y="${top}" width="${length.toFixed(1)}" height="18" rx="2"/>`,
      `<text x="${(labels + length + 6).toFixed(1)}" y="${top + 14}">${formatValue(value, table.unit)}</text>`,
    ].join('\n')
  })
  const title = escapeText(table.title)
  const unit = `${table.unit}, ${table.unit.endsWith('/s') ? 'more' : 'less'} is better`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${TOP + rows.length * ROW + 6}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<text class="title" x="8" y="20">${title}</text>
<text x="8" y="40">${unit}</text>
${bars.join('\n')}
</svg>
`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
