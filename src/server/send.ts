import { fromBase64, toBase64 } from '../kit/base64.js'
import { encodeJson, typeFault } from './blocks.js'
import { consistent, readClient, readNumber } from './hello.js'
import { Refusal } from './refusal.js'

/** PROTOCOL.md, "send": the type of a message that the page has withdrawn. */
export const WITHDRAWN = 'holdfast:withdrawn'

/** PROTOCOL.md, "send": so many messages of a client may be on their way without an outcome. */
export const WINDOW = 64

/** One message of a page. */
export interface SendMessage {
  readonly number: number
  readonly type: string
  /** The JSON value that the page sent, or its bytes; undefined if it sent nothing. */
  readonly data: unknown
}

/** PROTOCOL.md, "send". */
export interface Send {
  readonly client: string
  /** The ledger's that the numbers are of; undefined if the client does not say. */
  readonly epoch: string | undefined
  readonly unacknowledged: number
  /** The lowest number that the client had not transmitted before; undefined if the send does not introduce its client. */
  readonly next: number | undefined
  readonly messages: readonly SendMessage[]
}

/** @throws {Refusal} `bad-request` for what is no JSON object */
export function parseFrame(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal('bad-request', 'The message is no JSON.')
  }
  if (!isRecord(value)) throw new Refusal('bad-request', 'The message is no JSON object.')
  return value
}

/** @throws {Refusal} `bad-request` */
export function readSend(frame: Readonly<Record<string, unknown>>): Send {
  const client = readClient(frame.client)
  if (client === undefined) throw new Refusal('bad-request', 'A send must name its client.')
  const { epoch } = frame
  if (epoch !== undefined && typeof epoch !== 'string') throw new Refusal('bad-request', 'epoch must be a string.')
  if (!Array.isArray(frame.messages)) throw new Refusal('bad-request', 'messages must be an array.')
  const unacknowledged = readNumber(frame.unacknowledged ?? 1, 'unacknowledged')
  const messages = frame.messages.map(readMessage)
  if (frame.next === undefined) return { client, epoch, unacknowledged, next: undefined, messages }
  return { client, epoch, ...consistent(unacknowledged, readNumber(frame.next, 'next')), messages }
}

function readMessage(message: unknown): SendMessage {
  if (!isRecord(message)) throw new Refusal('bad-request', 'A message must be an object.')
  const { number, type, data, bytes } = message
  const fault = type === WITHDRAWN ? undefined : typeFault(type)
  if (typeof type !== 'string' || fault !== undefined) throw new Refusal('bad-request', `A message's type ${fault}.`)
  return { number: readNumber(number, 'number'), type, data: bytes === undefined ? data : readBytes(bytes) }
}

function readBytes(bytes: unknown): Uint8Array {
  try {
    if (typeof bytes === 'string') return fromBase64(bytes)
  } catch {
    // Falls through to the same refusal.
  }
  throw new Refusal('bad-request', 'bytes must be base64.')
}

/** What a page is told of its send. */
export type Reply =
  | { readonly value: unknown }
  | { readonly error: { readonly code: string; readonly message: string } }

export function failure(code: string, message: string): Reply {
  return { error: { code, message } }
}

/** @throws {TypeError} for a value that JSON cannot express */
export function encodeResult(number: number, reply: Reply): string {
  if ('error' in reply) return JSON.stringify({ number, error: reply.error })
  if (reply.value === undefined) return JSON.stringify({ number })
  if (reply.value instanceof Uint8Array) return JSON.stringify({ number, bytes: toBase64(reply.value) })
  return `{"number":${number},"data":${encodeJson(reply.value, "The handler's reply")}}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
