import { topicFault } from './blocks.js'
import type { Limits } from './limits.js'
import { Refusal } from './refusal.js'

/** Who the client is and from where it wants to go on (PROTOCOL.md, "hello"). */
export interface Hello {
  readonly number: number
  readonly cursor: string | undefined
  readonly topics: readonly string[]
  /** Of a hello in a message; those of the request come beside it. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly client: string | undefined
  readonly unacknowledged: number
  readonly next: number
}

/** What the query of a GET says. */
export interface Query {
  /** Undefined where a WebSocket's hello follows in a message. */
  readonly hello: Hello | undefined
  readonly carrier: 'stream' | 'poll'
  readonly wait: number
}

const CLIENT = /^[\w-]{16,64}$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~\da-z-]+$/

/** @throws {Refusal} `bad-request` or `unsupported-version` */
export function readQuery(query: URLSearchParams, limits: Limits, webSocket: boolean): Query {
  // An empty parameter is an absent one.
  const said = (name: string) => query.get(name) || undefined
  if ((said('holdfast') ?? '1') !== '1') throw unsupportedVersion()
  const carrier = said('carrier') ?? 'stream'
  if (carrier !== 'stream' && carrier !== 'poll') throw bad('carrier must be stream or poll')
  const number = (name: string, least: number) => {
    const text = said(name) ?? `${least}`
    if (!/^\d{1,15}$/.test(text) || Number(text) < least)
      throw bad(`${name} must be a whole number of at least ${least}`)
    return Number(text)
  }
  const wait = Math.min(number('wait', 0), limits.wait)
  if (webSocket && said('hello') === 'frame') return { hello: undefined, carrier, wait }
  const hello = {
    number: 1,
    cursor: said('cursor'),
    topics: readTopics(query.getAll('topic'), limits),
    headers: {},
    client: readClient(said('client')),
    ...consistent(number('unacknowledged', 1), number('next', 1)),
  }
  return { hello, carrier, wait }
}

/** @throws {Refusal} `bad-request` or `unsupported-version` */
export function readHello(frame: Readonly<Record<string, unknown>>, limits: Limits): Hello {
  if (frame.version !== 1) throw unsupportedVersion()
  const { cursor, topics = [], headers = {} } = frame
  if (cursor !== undefined && typeof cursor !== 'string') throw bad('cursor must be a string')
  if (!isStrings(topics)) throw bad('topics must be an array of strings')
  return {
    number: readNumber(frame.hello, 'hello'),
    cursor: cursor || undefined,
    topics: readTopics(topics, limits),
    headers: readHeaders(headers, limits),
    client: readClient(frame.client),
    ...consistent(readNumber(frame.unacknowledged ?? 1, 'unacknowledged'), readNumber(frame.next ?? 1, 'next')),
  }
}

/**
 * Who has the outcomes of some numbers has transmitted them. Without this a client could say that it knows more than the
 * ledger, and begin anew with numbers that were handled.
 */
export function consistent(unacknowledged: number, next: number): Pick<Hello, 'unacknowledged' | 'next'> {
  return { unacknowledged, next: Math.max(unacknowledged, next) }
}

/** @throws {Refusal} unless it is a whole number of at least 1 */
export function readNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw bad(`${name} must be a whole number of at least 1`)
  return value
}

/** @throws {Refusal} unless it is a client id, or nothing */
export function readClient(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !CLIENT.test(value)) throw bad('client must be 16 to 64 of A-Z a-z 0-9 - _')
  return value
}

function readTopics(topics: readonly string[], limits: Limits): string[] {
  const distinct = [...new Set(topics)]
  if (distinct.length > limits.topics) throw bad(`more than ${limits.topics} topics`)
  for (const topic of distinct) {
    const fault = topicFault(topic)
    if (fault !== undefined) throw bad(`a topic ${fault}`)
    if (topic.length > limits.topicLength) throw bad(`a topic must have at most ${limits.topicLength} characters`)
  }
  return distinct
}

function readHeaders(given: unknown, limits: Limits): Record<string, string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw bad('headers must be an object')
  const entries = Object.entries(given)
  if (entries.length > limits.headers) throw bad(`more than ${limits.headers} headers`)
  let bytes = 0
  const headers: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (!HEADER_NAME.test(name)) throw bad('a header name must be one of HTTP, in lower case')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what HTTP does not allow in a value
    if (typeof value !== 'string' || /[\r\n\0]|[^\x00-\xff]/.test(value))
      throw bad('a header value must be one of HTTP')
    bytes += name.length + value.length
    headers[name] = value
  }
  if (bytes > limits.headerBytes) throw bad(`headers of more than ${limits.headerBytes} bytes`)
  return headers
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function bad(what: string): Refusal {
  return new Refusal('bad-request', `The hello is not accepted: ${what}.`)
}

function unsupportedVersion(): Refusal {
  return new Refusal('unsupported-version', 'This server speaks version 1 of the Holdfast protocol.')
}
