import type { HoldfastError } from '../errors.js'
import type { Transport } from '../seams.js'

/** A transport that did not get through, and why. */
export interface Failure {
  readonly transport: Transport
  readonly error: HoldfastError
}

const REFUSED = ['unauthorized', 'forbidden']
/** The server's word for good: no other transport and no later attempt would hear anything else. */
const FOR_GOOD = ['stopped', 'gone']
const MISUNDERSTOOD = ['bad-request', 'unsupported-version']
/** What a transport that is blocked on its way looks like, as opposed to a server that is down or refuses. */
const BLOCKED = ['network', 'timeout', 'silent', 'status']
/** Nothing good can be expected where a connection was never open; where it was, a deployment may be under way. */
const WRONG_SERVER = ['not-found', 'content-type', 'protocol']

const isOneOf = (codes: string[], { code }: HoldfastError) => codes.includes(code)

/** It decides a round at once. A 403 does not: something in between may have forbidden one transport alone. */
export function isDecisive(error: HoldfastError): boolean {
  return isOneOf(['unauthorized', ...FOR_GOOD], error)
}

/** It says something about the transport, if another gets through. */
export function isBlockage(error: HoldfastError): boolean {
  return isOneOf([...BLOCKED, ...WRONG_SERVER], error)
}

/** The server said that it goes, by a close code (RFC 6455, section 7.4.1; IANA) or a word of its own. */
export function isFarewell(error: HoldfastError | undefined): boolean {
  return !!error && ([1001, 1012, 1013].includes(error.status ?? 0) || !isBlockage(error))
}

/** Other credentials might help. */
export function isRefusal(error: HoldfastError): boolean {
  return isOneOf(REFUSED, error)
}

/** It makes no sense to try again. */
export function isFinal(error: HoldfastError, wasOpen: boolean, native: boolean): boolean {
  return (
    isOneOf([...FOR_GOOD, ...MISUNDERSTOOD], error) ||
    (!wasOpen && isOneOf(WRONG_SERVER, error)) ||
    // What has no id cannot be left behind; in the native protocol it will not come again.
    (!native && error.code === 'event-too-large' && error.id === undefined)
  )
}

/** The one error that says most of why nobody got through. */
export function gravest(failures: readonly Failure[], wasOpen: boolean, native: boolean): HoldfastError | undefined {
  const decisive = failures.find(({ error }) => isDecisive(error))
  // Browsers hide why a WebSocket failed: what the others heard counts for it too.
  const spoken = failures.filter(({ transport, error }) => transport.framing !== 'message' || error.code !== 'network')
  const open = spoken.find(({ error }) => !isRefusal(error) && !isFinal(error, wasOpen, native))
  return (decisive ?? open ?? spoken[0] ?? failures[0])?.error
}
