import type { WorldRecord } from '../record.js'

/** Each send once, in order, or told: what pages were told of their messages, held against what servers handled. */
export function checkSends(record: WorldRecord): string[] {
  const violations: string[] = []
  const handled = Map.groupBy(record.handled, ({ visit }) => visit)
  for (const visit of record.visits) {
    const blame = (kind: string, what: string) => violations.push(`${kind}: ${visit.id} ${what}`)
    const times = new Map<number, number>()
    let last = 0
    for (const { number, at } of handled.get(visit.id) ?? []) {
      times.set(number, (times.get(number) ?? 0) + 1)
      if (number < last) blame('send-order', `message ${number} was handled after ${last} at ${at}`)
      last = Math.max(last, number)
    }
    for (const [number, count] of times)
      if (count > 1) blame('send-doubled', `message ${number} was handled ${count} times`)
    for (const [index, sent] of visit.sent.entries()) {
      // A page that is gone may have said the one and not the other.
      if (sent === undefined) {
        blame('send-lost', `nothing is known of message ${index + 1}`)
        continue
      }
      const { number, outcome } = sent
      if (outcome === undefined) {
        if (visit.over === undefined) blame('send-pending', `message ${number} was never settled`)
      } else if (outcome === 'resolved') {
        if (!times.has(number)) blame('send-lost', `message ${number} was resolved, and never handled`)
      } else if (!isAllowed(outcome, record)) blame('send-rejected', `message ${number}: ${outcome}`)
    }
  }
  return violations
}

/** The server's memory was lost, so it may say so. */
function isAllowed(outcome: string, { faults }: WorldRecord): boolean {
  if (outcome !== 'unconfirmed' && outcome !== 'outcome-lost') return false
  return faults.some(({ kind }) => kind.startsWith('server '))
}
