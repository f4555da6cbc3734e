import type { Hub } from './hub.js'
import type { Visit } from './visit.js'

/** What a page may be told of a send beside that it was handled, and when. */
function isAllowed(outcome: string, hub: Hub, { over, left, options }: Visit): boolean {
  const forgotten = hub.ledger.losses > 0 || !options.header
  if (outcome === 'outcome-lost') return forgotten
  // What a page says as it goes has no time for an introduction: if that is lost, nobody knows what became of it.
  if (outcome === 'unconfirmed') return forgotten || over || left
  return outcome === 'closed' && over
}

/** Every send once, or told: held against what the server handled. */
export function checkSends(hub: Hub, visits: readonly Visit[]): string[] {
  const violations: string[] = []
  const handled = Map.groupBy(hub.ledger.handled, ({ data }) => JSON.stringify(data))
  for (const visit of visits) {
    const { name, user, header } = visit.options
    let last = 0
    for (const { key, outcome } of visit.sent) {
      const records = handled.get(JSON.stringify({ key })) ?? []
      const blame = (kind: string, what: string) => violations.push(`${kind}: ${name} (${user}) "${key}" ${what}`)
      if (records.length > 1) blame('handled-twice', `was handled ${records.length} times`)
      if (outcome === 'resolved' && records.length === 0) blame('not-handled', 'was resolved, and never handled')
      if (outcome === 'pending' && !visit.over) blame('unsettled', 'was never settled')
      if (outcome !== 'resolved' && outcome !== 'pending' && !isAllowed(outcome, hub, visit)) blame('rejected', outcome)
      for (const record of records) {
        if (header && record.principal !== user) blame('impersonated', `was handled as ${record.principal}`)
        const index = hub.ledger.handled.indexOf(record)
        if (index < last) blame('send-order', 'was handled before one that was sent earlier')
        last = Math.max(last, index)
      }
    }
  }
  return violations
}
