import { members } from './block.js'
import type { Carrier, End } from './carrier.js'
import { isRecord, must, mustEqual, shorten } from './violation.js'

/** The table of errors in PROTOCOL.md: HTTP status, WebSocket close code. */
const table: Record<string, readonly [status: number, close: number]> = {
  'bad-request': [400, 1008],
  'unsupported-version': [400, 1008],
  unauthorized: [401, 1008],
  forbidden: [403, 1008],
  expired: [401, 1008],
  'hello-timeout': [408, 1008],
  'unknown-client': [409, 1008],
  'too-large': [413, 1009],
  unavailable: [503, 1013],
}

/** Asserts that a carrier was refused, or ended, with this code: in whichever way its transport has. */
export async function mustBeRefused(carrier: Carrier, code: string, within?: number): Promise<void> {
  if (carrier.transport === 'websocket') return mustEndWithError(carrier, code, within)
  mustBeErrorResponse(await carrier.ended(within), code, carrier)
}

/** Asserts a refusal over HTTP: status, content type, body, `Retry-After`. */
export function mustBeErrorResponse({ refused }: End, code: string, carrier: Carrier): void {
  must(refused !== undefined, `expected a refusal with ${code}, got a stream. ${carrier.transcript()}`)
  const { status, type, body, headers } = refused
  mustEqual(status, table[code]?.[0], `the HTTP status of ${code}`)
  must(/^application\/json\b/i.test(type), `a refusal must be application/json, not ${type || 'without a type'}`)
  let said: unknown
  try {
    said = JSON.parse(body)
  } catch {
    // Said below.
  }
  must(isRecord(said), `the body of a refusal must be a JSON object: ${shorten(body)}`)
  mustEqual(said.code, code, 'the code of the refusal')
  must(typeof said.message === 'string' && said.message !== '', 'a refusal must have a message')
  if (said.retryAfter === undefined) return
  must(typeof said.retryAfter === 'number', 'retryAfter must be a number')
  must(/^\d+$/.test(headers.get('retry-after') ?? ''), 'Retry-After must be there in seconds where retryAfter is')
}

/** Asserts that the last block is an error with this code, and, on a WebSocket, the close code that goes with it. */
export async function mustEndWithError(carrier: Carrier, code: string, within?: number): Promise<void> {
  const end = await carrier.ended(within)
  must(end.refused === undefined, `this must be said after the upgrade, not in HTTP. ${carrier.transcript()}`)
  const last = carrier.blocks.at(-1)
  must(last?.type === 'holdfast:error', `the last block must be the error. ${carrier.transcript()}`)
  const said = members(last)
  mustEqual(said.code, code, 'the code of the error')
  must(typeof said.message === 'string' && said.message !== '', 'an error must have a message')
  if (carrier.transport === 'websocket') mustEqual(end.code, table[code]?.[1], `the close code of ${code}`)
}
