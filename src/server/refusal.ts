/** The codes of `holdfast:error` (PROTOCOL.md, "error"). */
export type RefusalCode =
  | 'bad-request'
  | 'unsupported-version'
  | 'unauthorized'
  | 'forbidden'
  | 'expired'
  | 'hello-timeout'
  | 'unknown-client'
  | 'too-large'
  | 'too-many'
  | 'internal'
  | 'unavailable'

/** PROTOCOL.md's table: what each code is as an HTTP status and as a WebSocket close code. */
const statuses: Readonly<Record<RefusalCode, readonly [http: number, close: number]>> = {
  'bad-request': [400, 1008],
  'unsupported-version': [400, 1008],
  unauthorized: [401, 1008],
  forbidden: [403, 1008],
  expired: [401, 1008],
  'hello-timeout': [408, 1008],
  'unknown-client': [409, 1008],
  'too-large': [413, 1009],
  'too-many': [429, 1008],
  internal: [500, 1011],
  unavailable: [503, 1013],
}

/** Why a request, a hello or a message is not accepted, in the words of the protocol. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** When the client may come again, in ms. */
  readonly retryAfter: number | undefined
  readonly status: number
  readonly close: number

  constructor(code: RefusalCode, message: string, options: { retryAfter?: number; status?: number } = {}) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.retryAfter = options.retryAfter
    const [status, close] = statuses[code]
    this.status = options.status ?? status
    this.close = close
  }

  /** What the client is told: an error block's data, and the body of a refusal over HTTP. */
  toJSON(): { code: string; message: string; retryAfter?: number } {
    return { code: this.code, message: this.message, retryAfter: this.retryAfter }
  }
}

/** While the server is about to stop: another one, or this one later, is there. */
export function unavailable(): Refusal {
  return new Refusal('unavailable', 'This server is about to stop.', { retryAfter: 1_000 })
}
