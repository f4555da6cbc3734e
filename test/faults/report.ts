import { distributionOf } from './recovery.js'
import type { Totals } from './totals.js'

const head = ['fault', 'n', 'median', 'p90', 'p99', 'max', 'from the heal on: median', 'p90', 'p99', 'max']

/** Recovery times by kind of fault, in ms. */
export function recoveryTable({ recoveries }: Totals): string[][] {
  const rows = [...Map.groupBy(recoveries, ({ kind }) => kind)].map(([kind, all]) => {
    const fault = distributionOf(all.map(({ fromFault }) => fromFault))
    const healed = all.flatMap(({ fromHeal }) => (fromHeal === undefined ? [] : [fromHeal]))
    const heal = distributionOf(healed)
    const later = healed.length === 0 ? ['', '', '', ''] : [heal.median, heal.p90, heal.p99, heal.max].map(String)
    return [kind, ...[fault.n, fault.median, fault.p90, fault.p99, fault.max].map(String), ...later]
  })
  return [head, ...rows.sort(([one = ''], [other = '']) => one.localeCompare(other))]
}

export function printable(table: readonly string[][]): string {
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}

export function summaryOf(totals: Totals): string {
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  return [
    `faults injected: ${totals.injected}, in ${totals.worlds} worlds (${totals.crashes} more ended with their browser); with sharing: ${totals.faultsWithSharing}`,
    `  by engine: ${list(totals.faultsByEngine)}`,
    `  by transport in use: ${list(totals.faultsByTransport)}`,
    `  by kind: ${list(totals.faults)}`,
    `events published: ${totals.published}, delivered to pages: ${totals.delivered}, gap notices: ${totals.gaps}`,
    `sends: ${totals.sent} (${list(totals.outcomes)}), handled: ${totals.handled}`,
    `violations: ${totals.violations.length}`,
  ].join('\n')
}
