import { toBase64 } from '../kit/base64.js'
import type { Refusal } from './refusal.js'

/** A comment block: keeps a carrier from being silent. */
export const heartbeatBlock = ':\n\n'

/** Some browsers and proxies hold back the first kilobytes of a body until there are more. */
export const paddingBlock: string = `:${' '.repeat(2_045)}\n\n`

/** Moves the client's cursor and is nothing else. */
export function cursorBlock(id: string): string {
  return `id: ${id}\n\n`
}

/** One of the protocol's own blocks. */
export function controlBlock(
  type: 'open' | 'ready' | 'gap' | 'drain' | 'pong' | 'result' | 'error',
  data: object,
  id?: string,
): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: holdfast:${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The client got through. @param data what answers a send says the ledger's epoch */
export function pongBlock(data: { epoch?: string } = {}): string {
  return controlBlock('pong', data)
}

export function errorBlock(refusal: Refusal): string {
  return controlBlock('error', refusal.toJSON())
}

/** The block of a result whose data is JSON text already, as outcomes are kept. */
export function resultBlock(json: string): string {
  return `event: holdfast:result\ndata: ${json}\n\n`
}

/** What is wrong with an event type, in words; undefined if nothing is. */
export function typeFault(type: unknown): string | undefined {
  if (typeof type !== 'string') return `must be a string, not ${typeof type}`
  if (type.length < 1 || type.length > 256) return 'must have 1 to 256 characters'
  if (/[\r\n\0]/.test(type)) return 'must not contain CR, LF or NUL'
  if (type.startsWith('holdfast:')) return "must not begin with 'holdfast:', which is the protocol's own"
  return undefined
}

/** What is wrong with a topic, in words; undefined if nothing is. It has to fit into one line of a block. */
export function topicFault(topic: unknown): string | undefined {
  if (typeof topic !== 'string') return `must be a string, not ${typeof topic}`
  if (topic.length < 1 || topic.length > 256) return 'must have 1 to 256 characters'
  if (/[\r\n\0]/.test(topic)) return 'must not contain CR, LF or NUL'
  return undefined
}

/**
 * An event without its id: encoded once, sent to everybody, stored by the history as it is.
 *
 * Its topic is a comment, so that who holds one connection for several tabs knows which of them hears it: a field that
 * they do not know costs parsers more, and those that do not care skip a comment.
 *
 * @throws {TypeError} for data that JSON cannot express
 */
export function encodeEvent(type: string, data: unknown, topic?: string): string {
  const head = `${type === 'message' ? '' : `event: ${type}\n`}${topic === undefined ? '' : `:topic ${topic}\n`}`
  return `${head}data: ${encodeData(data)}\n\n`
}

function encodeData(data: unknown): string {
  if (data instanceof Uint8Array) return `base64:${toBase64(data)}`
  return encodeJson(data, 'data')
}

/** @throws {TypeError} for what JSON cannot express: a function, a symbol, a cycle, a bigint */
export function encodeJson(value: unknown, name: string): string {
  let json: string | undefined
  try {
    // Nothing at all is what JSON calls null.
    json = value === undefined ? 'null' : JSON.stringify(value)
  } catch (cause) {
    throw new TypeError(`${name} must be a JSON value or a Uint8Array: ${String(cause)}`, { cause })
  }
  if (json === undefined) throw new TypeError(`${name} must be a JSON value or a Uint8Array, not a ${typeof value}.`)
  return json
}
