import { MAX_EVENT_SIZE } from './constants.js'
import { type Env, platform } from './kit/env.js'
import type { Protocol, Transport } from './seams.js'

export interface ConnectOptions {
  /** In order of preference. Default: WebSocket, SSE, long-polling; `holdfast/core` has no default. */
  transports?: readonly Transport[]
  /** Default: the native protocol (PROTOCOL.md). `plain()` for servers that know nothing of Holdfast. */
  protocol?: Protocol
  /**
   * Headers for every transport: on a WebSocket they travel in the first message, never in the URL. A function is asked
   * once for every round of attempts, once more after a refusal, and before an authorization expires.
   */
  headers?: HeadersInit | ((context: { signal: AbortSignal }) => HeadersInit | Promise<HeadersInit>)
  /** As fetch has it. Default `same-origin`. */
  credentials?: RequestCredentials
  /** What to hear beside what goes to everybody. */
  topics?: readonly string[]
  /** Where to go on, saved from an earlier page. Default: from now on. */
  lastEventId?: string
  /**
   * `minDelay` (ms, default 500) and `maxDelay` (ms, default 30,000) bound the exponential backoff, `maxAttempts` (default:
   * any number) the attempts that may fail in a row. `false`: the first end is the end. Default `false` where the request
   * is not a GET.
   */
  reconnect?: { minDelay?: number; maxDelay?: number; maxAttempts?: number } | false
  /** Largest event, in UTF-16 code units. A larger one is skipped with an error. Default 4,194,304. */
  maxEventSize?: number
  /** Changes what listeners get as `data`: it is given the text (or ArrayBuffer) of the event. Default: as the protocol does it. */
  decode?: (data: string | ArrayBuffer, event: { type: string; id: string | undefined }) => unknown
  /** Closes the connection when it aborts. */
  signal?: AbortSignal
  /** The platform to run on. Default `globalThis`, looked up at each use; a simulation gives its own. */
  env?: Env
}

/** Options after {@link normalize}. */
export type NormalOptions = ConnectOptions &
  Required<Pick<ConnectOptions, 'transports' | 'credentials' | 'topics' | 'maxEventSize' | 'reconnect' | 'env'>> & {
    url: URL
  }

const CREDENTIALS = ['omit', 'same-origin', 'include']

function expect(valid: boolean, option: string, expected: string): asserts valid {
  if (!valid) throw new TypeError(`connect: ${option} must be ${expected}.`)
}

const isDelay = (value: unknown) => value === undefined || (typeof value === 'number' && value >= 0)

/** Options that are known to be sound, with their defaults. @throws {TypeError} that names the option */
export function normalize(url: string | URL, options: ConnectOptions): NormalOptions {
  const {
    transports = [],
    headers,
    credentials = 'same-origin',
    topics = [],
    lastEventId,
    maxEventSize = MAX_EVENT_SIZE,
    env = platform,
  } = options
  const once = transports.some((transport) => transport.once)
  const { reconnect = once ? false : {} } = options

  let absolute: URL
  try {
    absolute = new URL(url, env.document?.baseURI ?? env.location?.href)
  } catch {
    throw new TypeError(`connect: "${url}" is no URL${env.location ? '' : ' (it must be absolute outside a page)'}.`)
  }
  expect(/^(http|ws)s?:$/.test(absolute.protocol), 'url', 'http, https, ws or wss')
  expect(
    transports.length > 0 && transports.every((transport) => transport?.run),
    'transports',
    'a list: websocket(), sse(), longPoll()',
  )
  expect(!once || transports.length === 1, 'transports', 'one alone where its method is not GET')
  try {
    if (typeof headers !== 'function') new Headers(headers)
  } catch {
    expect(false, 'headers', 'headers, or a function that returns them')
  }
  expect(CREDENTIALS.includes(credentials), 'credentials', CREDENTIALS.join(', '))
  expect(
    Array.isArray(topics) && topics.every((topic) => topic && typeof topic === 'string'),
    'topics',
    'non-empty strings',
  )
  expect(lastEventId === undefined || typeof lastEventId === 'string', 'lastEventId', 'a string')
  expect(maxEventSize > 0, 'maxEventSize', 'a positive number')
  const { minDelay, maxDelay, maxAttempts } = { ...(reconnect || undefined) }
  expect(
    (reconnect === false || typeof reconnect === 'object') && [minDelay, maxDelay, maxAttempts].every(isDelay),
    'reconnect',
    'false or { minDelay, maxDelay, maxAttempts }, each 0 or more',
  )
  return { ...options, url: absolute, transports, credentials, topics, maxEventSize, reconnect, env }
}
