import { forgetting } from '../kinds/redis.js'
import type { Visit, WorldRecord } from '../record.js'
import { type HistoryRecord, keyOf } from './history.js'

/** Each send once, in order, or told: what pages were told of their messages, held against what was handled and appended. */
export function checkSends(record: WorldRecord, history: HistoryRecord): string[] {
  const violations = checkAppended(history)
  const handled = Map.groupBy(record.handled, ({ visit }) => visit)
  // With Redis a handler may be run again by another process; what it published is appended once.
  const again = record.settings.store === 'redis'
  for (const visit of record.visits) {
    const blame = (kind: string, what: string) => violations.push(`${kind}: ${visit.id} ${what}`)
    const times = new Map<number, number>()
    let last = 0
    for (const { number, at } of handled.get(visit.id) ?? []) {
      times.set(number, (times.get(number) ?? 0) + 1)
      // Two processes tell the runner in no certain order; the history tells it.
      if (number < last && !again) blame('send-order', `message ${number} was handled after ${last} at ${at}`)
      last = Math.max(last, number)
    }
    for (const [number, count] of times)
      if (count > 1 && !again) blame('send-doubled', `message ${number} was handled ${count} times`)
    const heard = heardOf(visit)
    for (const [index, sent] of [...visit.sent].entries()) {
      if (sent === undefined) {
        blame('send-lost', `nothing is known of message ${index + 1}`)
        continue
      }
      const { number, at, outcome } = sent
      if (outcome === undefined) {
        // A page that is gone may have said the one and not the other.
        if (visit.over === undefined) blame('send-pending', `message ${number} was never settled`)
      } else if (outcome === 'resolved') {
        if (!times.has(number)) blame('send-lost', `message ${number} was resolved, and never handled`)
        else if (
          visit.over === undefined &&
          !heard.has(number) &&
          !visit.items.some((item) => item.kind === 'gap' && item.at >= at)
        )
          blame('send-lost', `message ${number} was resolved, and never appended`)
      } else if (outcome === 'too-many') {
        // A page that was away for long may have more to say than the server takes in a second: it is told, and may send again.
        if (times.has(number)) blame('send-rejected', `message ${number} was handled, and is told to be too many`)
      } else if (!isAllowed(outcome, record)) blame('send-rejected', `message ${number} at ${at}: ${outcome}`)
    }
  }
  return violations
}

/** What pages have heard of their own messages. */
function heardOf({ id, items }: Visit): Set<number> {
  return new Set(items.flatMap((item) => (item.kind === 'said' && item.visit === id ? [item.number] : [])))
}

/** The messages of one page stand in the history in their order. */
function checkAppended({ generations }: HistoryRecord): string[] {
  const violations: string[] = []
  for (const entries of generations.values()) {
    const last = new Map<string, number>()
    for (const { key } of entries) {
      const [visit = '', number] = key.split('#')
      if (number === undefined) continue
      const before = last.get(visit) ?? 0
      if (Number(number) < before)
        violations.push(
          `send-order: ${keyOf({ kind: 'said', visit, number: Number(number) })} was appended after ${before}`,
        )
      last.set(visit, Number(number))
    }
  }
  return violations
}

/** Whoever remembered the messages was lost, so the page may be told so. */
function isAllowed(outcome: string, record: WorldRecord): boolean {
  if (outcome !== 'unconfirmed' && outcome !== 'outcome-lost') return false
  const lost = record.settings.store === 'redis' ? forgetting : ['server killed', 'server drained']
  return record.faults.some(({ kind }) => lost.includes(kind))
}
