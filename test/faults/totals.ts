import type { WorldRecord } from './record.js'
import { type Recovery, recoveriesOf } from './recovery.js'

type Counts = Record<string, number>

/** What all worlds of a run come to. */
export class Totals {
  /** Faults so far, also of worlds that are not over. */
  injected = 0
  /** Faults that were survived so far, by engine: one, or two at once. */
  readonly steps: Counts = {}
  worlds = 0
  /** Worlds that are not counted, since their browser crashed. */
  crashes = 0
  readonly faults: Counts = {}
  readonly faultsByEngine: Counts = {}
  readonly faultsByTransport: Counts = {}
  faultsWithSharing = 0
  published = 0
  delivered = 0
  readonly deliveredByEngine: Counts = {}
  gaps = 0
  sent = 0
  readonly outcomes: Counts = {}
  handled = 0
  readonly violations: string[] = []
  readonly recoveries: Recovery[] = []

  /** One line that says how far it is. */
  progress(): string {
    const steps = Object.entries(this.steps).map(([name, count]) => `${name} ${count}`)
    return `${this.injected} faults (${steps.join(', ')}), ${this.worlds} worlds are over, ${this.violations.length} violations`
  }

  add(record: WorldRecord, violations: readonly string[]): void {
    this.worlds++
    const { shared } = record.settings
    for (const { kind, at } of record.faults) {
      count(this.faults, kind)
      count(this.faultsByEngine, record.engine)
      for (const transport of transportsAt(record, at)) count(this.faultsByTransport, transport)
      if (shared) this.faultsWithSharing++
    }
    this.published += record.published.length
    this.handled += record.handled.length
    for (const { items, sent } of record.visits) {
      for (const { kind } of items) {
        if (kind === 'number') {
          this.delivered++
          count(this.deliveredByEngine, record.engine)
        }
        if (kind === 'gap') this.gaps++
      }
      this.sent += sent.length
      for (const one of sent) count(this.outcomes, one?.outcome ?? 'pending')
    }
    for (const recovery of recoveriesOf(record)) this.recoveries.push(recovery)
    for (const violation of violations) this.violations.push(`world ${record.world}: ${violation}`)
  }
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

/** Which transports the pages used at that moment. */
function transportsAt({ visits }: WorldRecord, at: number): Set<string> {
  const used = new Set<string>()
  for (const { items } of visits) {
    const state = items.findLast((item) => item.kind === 'state' && item.at <= at)
    if (state?.kind === 'state' && state.transport !== undefined) used.add(state.transport)
  }
  return used
}
