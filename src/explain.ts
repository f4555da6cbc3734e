import type { ConnectionState, ExplainedAttempt, Explanation } from './types.js'

/** Puts what was tried into data that reads itself. The URL comes without its query: tokens of other libraries live there. */
export function explain(
  url: URL,
  state: ConnectionState,
  attempts: ExplainedAttempt[],
  remembered: Explanation['remembered'],
  sharing?: Explanation['sharing'],
): Explanation {
  const address = url.origin + url.pathname
  return {
    url: address,
    state,
    attempts,
    remembered,
    sharing,
    toString() {
      const { status, transport, reason, error } = state
      return [
        `${address}: ${[status, transport && `over ${transport}`, reason && `(${reason})`, error?.code].filter(Boolean).join(' ')}`,
        ...(sharing ? [`${sharing.role ?? 'undecided'}: ${sharing.why}`] : []),
        ...attempts.map(
          ({ startedAt, transport, outcome, took, why }) =>
            `${new Date(startedAt).toISOString()} ${transport} ${outcome}${took === undefined ? '' : ` after ${took} ms`}: ${why}`,
        ),
        ...remembered.map(
          ({ transport, failures, until }) =>
            `${transport} did not pass here ${failures} times; forgotten at ${new Date(until).toISOString()}`,
        ),
      ].join('\n')
    },
  }
}
