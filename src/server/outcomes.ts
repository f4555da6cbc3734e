import type { Account, Outcome } from './ledger.js'
import { encodeResult, type Reply, WINDOW } from './send.js'

/** What a client had transmitted, and had no outcome for, when somebody who did not know it heard of it. */
export function outcomesBefore(next: number, unacknowledged: number): Outcome[] {
  return pending(unacknowledged, next).map((number) => ({ number, json: encodeResult(number, unconfirmed) }))
}

/** The results of all that was handled and that the client may not know of: without one it would wait for ever. */
export function resultsOf({ handled, outcomes }: Account, unacknowledged: number): string[] {
  const kept = new Map(outcomes.map(({ number, json }) => [number, json]))
  return pending(unacknowledged, (handled ?? 0) + 1).map((number) => kept.get(number) ?? lostResult(number))
}

/** The result of what was handled, where its outcome is not kept. */
export function lostResult(number: number): string {
  return encodeResult(number, outcomeLost)
}

/**
 * The numbers from one up to another, without it; only the highest, if a client says that it waits for more than it may
 * have on their way.
 */
function pending(from: number, to: number): number[] {
  const first = Math.max(from, to - WINDOW)
  return Array.from({ length: Math.max(0, to - first) }, (_, index) => first + index)
}

const unconfirmed: Reply = {
  error: { code: 'unconfirmed', message: 'It may have been handled before the server lost its memory.' },
}
const outcomeLost: Reply = {
  error: { code: 'outcome-lost', message: 'It was handled; what became of it is no longer known.' },
}
