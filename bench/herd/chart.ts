import { type Run, seconds } from './report.js'
import { backAfter, PARTS, peak } from './simulate.js'

const WIDTH = 760
const LABELS = 250
const PANEL = 44
const GAP = 16
const TOP = 58
const BOTTOM = 26
/** What a panel shows: connects per second between these powers of ten, and so many seconds. */
const LEAST = 2
const MOST = 7
const SPAN = 300
const SCALE = { '100': 100, '100k': 100_000, '10M': 10_000_000 }

/** Legible on light and dark pages; the library's own curves stand out. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px } .name { font-weight: 600 } .scale { font-size: 10px; fill: #57606a }
  .curve { fill: #8c959f } .own { fill: #1f6feb }
  .panel { fill: none; stroke: #d0d7de } .away { fill: #ffebe9 } .capacity { stroke: #cf222e; stroke-dasharray: 4 3 } .limit { fill: #cf222e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .scale { fill: #8b949e } .curve { fill: #6e7681 } .own { fill: #58a6ff }
    .panel { stroke: #30363d } .away { fill: #3c1618 } .capacity { stroke: #ff7b72 } .limit { fill: #ff7b72 }
  }`

/** One panel for each policy, all on the same scales: connects per second at the server, over time. */
export function herdChart(title: string, runs: readonly Run[]): string {
  const plot = WIDTH - LABELS - 44
  const x = (second: number) => LABELS + (second / SPAN) * plot
  const height = TOP + runs.length * (PANEL + GAP) + BOTTOM
  const panels = runs.map((run, index) => panel(run, TOP + index * (PANEL + GAP), x))
  const ticks = [0, 60, 120, 180, 240, 300].map(
    (second) =>
      `<text class="scale" x="${x(second)}" y="${height - BOTTOM + 4}" text-anchor="middle">${second} s</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<text class="title" x="8" y="20">${title}</text>
<text x="8" y="40">Connects per second that reach it, on a logarithmic scale. Peak: the busiest second once it is back.</text>
<text class="limit" x="${x(SPAN)}" y="40" text-anchor="end">- - what it takes</text>
${panels.join('\n')}
${ticks.join('')}
</svg>
`
}

function panel({ policy, outage, recovery }: Run, top: number, x: (second: number) => number): string {
  const y = (perSecond: number) => {
    const share = (Math.log10(Math.max(perSecond, 1)) - LEAST) / (MOST - LEAST)
    return (top + PANEL * (1 - Math.min(1, Math.max(0, share)))).toFixed(1)
  }
  const steps = perSecond(recovery.connects).map((count, second) => `V${y(count)}H${x(second + 1).toFixed(1)}`)
  const bottom = top + PANEL
  const own = policy.name.startsWith('Holdfast') ? ' own' : ''
  const capacity = y(outage.capacity)
  const facts = `peak ${peak(recovery, outage.away).toLocaleString('en')}; 99 % back: ${unit(seconds(backAfter(recovery, 0.99)))}`
  const scale = Object.entries(SCALE).map(
    ([label, rate]) => `<text class="scale" x="${x(SPAN) + 4}" y="${Number(y(rate)) + 4}">${label}</text>`,
  )
  return `<text class="name" x="8" y="${top + 16}">${policy.name}</text><text x="8" y="${top + 34}">${facts}</text>
<rect class="away" x="${x(0)}" y="${top}" width="${x(outage.away / 1_000) - x(0)}" height="${PANEL}"/><path class="curve${own}" d="M${x(0)} ${bottom}${steps.join('')}V${bottom}Z"/>
<path class="capacity" d="M${x(0)} ${capacity}H${x(SPAN)}"/><rect class="panel" x="${x(0)}" y="${top}" width="${x(SPAN) - x(0)}" height="${PANEL}"/>${scale.join('')}`
}

const unit = (text: string) => (text === 'never' ? text : `${text} s`)

function perSecond(connects: Uint32Array): number[] {
  return Array.from({ length: Math.min(SPAN, Math.ceil(connects.length / PARTS)) }, (_, second) =>
    connects.subarray(second * PARTS, (second + 1) * PARTS).reduce((sum, count) => sum + count, 0),
  )
}
