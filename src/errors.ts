import type { SchemaIssue } from './kit/standard-schema.js'

/** Every code that the library itself gives an error. docs/errors.md says of each what causes it and what to do. */
export type ErrorCode =
  | 'bad-request'
  | 'closed'
  | 'content-type'
  | 'decode'
  | 'event-too-large'
  | 'expired'
  | 'forbidden'
  | 'gone'
  | 'headers'
  | 'malformed'
  | 'message-too-large'
  | 'network'
  | 'not-found'
  | 'not-supported'
  | 'outcome-lost'
  | 'protocol'
  | 'queue-full'
  | 'schema'
  | 'silent'
  | 'status'
  | 'stopped'
  | 'timeout'
  | 'topic-denied'
  | 'unauthorized'
  | 'unconfirmed'

/** What else an error may tell, where it is known. */
export interface ErrorDetails {
  /** The error that caused this one. */
  cause?: unknown
  /** The HTTP status, or the close code of a WebSocket (RFC 6455, section 7.4). */
  status?: number
  /** How long the server asks to wait before the next attempt, in ms. */
  retryAfter?: number
  /** The id of the event that the error is about. */
  id?: string
  /** The topic that the error is about. */
  topic?: string
  /** What its schema says of the value that the error is about. */
  issues?: readonly SchemaIssue[]
}

/**
 * The one error class of Holdfast.
 *
 * `code` is an {@link ErrorCode}, or, where a send was rejected by the server's handler, the code that the handler gave.
 * `message` says what happened, why, and what to do.
 */
export class HoldfastError extends Error {
  /** What happened, in one word. */
  readonly code: ErrorCode | (string & {})
  /** The HTTP status, or the close code of a WebSocket (RFC 6455, section 7.4). */
  declare readonly status?: number
  /** How long the server asks to wait before the next attempt, in ms. */
  declare readonly retryAfter?: number
  /** The id of the event that the error is about. */
  declare readonly id?: string
  /** The topic that the error is about. */
  declare readonly topic?: string
  /** What its schema says of the value that the error is about. */
  declare readonly issues?: readonly SchemaIssue[]

  constructor(code: ErrorCode | (string & {}), message: string, details?: ErrorDetails) {
    super(message)
    this.name = 'HoldfastError'
    this.code = code
    Object.assign(this, details)
  }
}

/** What the platform or the page threw, as an error of ours. */
export function toHoldfastError(
  cause: unknown,
  code: ErrorCode = 'network',
  what = 'The transport failed',
  id?: string,
): HoldfastError {
  return cause instanceof HoldfastError ? cause : new HoldfastError(code, `${what}: ${cause}`, { cause, id })
}
