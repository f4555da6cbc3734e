import { backAfter, type Outage, type Policy, peak, type Recovery } from './simulate.js'

/** One run, as it is told. */
export interface Run {
  readonly policy: Policy
  readonly outage: Outage
  readonly recovery: Recovery
}

const figure = (value: number) => Math.round(value).toLocaleString('en')

/** Seconds, the shorter the more exact. */
export function seconds(ms: number | undefined): string {
  if (ms === undefined) return 'never'
  return ms < 10_000 ? (ms / 1_000).toFixed(1) : figure(ms / 1_000)
}

const peakOf = ({ recovery, outage }: Run) => figure(peak(recovery, outage.away))
const backOf = ({ recovery }: Run) => [0.5, 0.99, 1].map((share) => seconds(backAfter(recovery, share))).join(' / ')
const refusedOf = ({ recovery }: Run) => figure(recovery.refused)

/** For each policy and each outage: the peak, and until when they are back. In Markdown. */
export function comparison(runs: readonly Run[]): string {
  const tables = [
    ['Connects in the busiest second, once the server is back:', matrix(runs, peakOf)],
    ['Seconds since the loss until 50 %, 99 % and all are back:', matrix(runs, backOf)],
    ['Connects that it refuses although it is back, in all:', matrix(runs, refusedOf)],
  ]
  return tables.flat().join('\n\n')
}

/** The same of one policy, for sites of several sizes. */
export function sizes(runs: readonly Run[]): string {
  const rows = runs.map((run) => {
    const { clients, noticed, away } = run.outage
    return row([figure(clients), `${noticed / 1_000} s`, `${away / 1_000} s`, peakOf(run), refusedOf(run), backOf(run)])
  })
  const head = row(['clients', 'noticed after', 'away for', 'busiest second', 'refused', '50 % / 99 % / all back, s'])
  return [head, '|---:|---:|---:|---:|---:|---:|', ...rows].join('\n')
}

function matrix(runs: readonly Run[], cell: (run: Run) => string): string {
  const outages = [...new Set(runs.map(({ outage }) => outage.away))]
  const names = [...new Set(runs.map(({ policy }) => policy.name))]
  const rows = names.map((name) => {
    const cells = outages.map((away) => {
      const run = runs.find(({ policy, outage }) => policy.name === name && outage.away === away)
      return run === undefined ? '' : cell(run)
    })
    return row([name, ...cells])
  })
  const head = row(['', ...outages.map((away) => (away === 0 ? 'back at once' : `away for ${away / 1_000} s`))])
  return [head, `|---|${'---:|'.repeat(outages.length)}`, ...rows].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
