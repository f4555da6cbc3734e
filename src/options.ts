import { MAX_EVENT_SIZE } from './constants.js'
import { type Env, platform } from './kit/env.js'
import type { Protocol, Session, SessionSink, Transport } from './seams.js'
import type { HeadersContext } from './types.js'

export interface ConnectOptions {
  /** In order of preference. Default: WebSocket, SSE, long-polling; `holdfast/core` has no default. */
  transports?: readonly Transport[]
  /** Default: the native protocol (PROTOCOL.md). `plain()` for servers that know nothing of Holdfast. */
  protocol?: Protocol
  /**
   * Headers for every transport: on a WebSocket they travel in the first message, never in the URL. A function is asked
   * once for every round of attempts, once more after a refusal, and before an authorization expires.
   */
  headers?: HeadersInit | ((context: HeadersContext) => HeadersInit | Promise<HeadersInit>)
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
  /** `tabs({ identity })`: one connection for all tabs of the site. Default: each has its own. */
  share?: Share
  /** Closes the connection when it aborts. */
  signal?: AbortSignal
  /** The platform to run on. Default `globalThis`, looked up at each use; a simulation gives its own. */
  env?: Env
}

/** Chooses which tab holds the connection. What it returns is a session like any other. */
export type Share = (
  options: {
    readonly env: Env
    readonly url: URL
    readonly protocol: Protocol
    readonly credentials: RequestCredentials
    readonly transports: readonly Transport[]
  },
  createSession: (sink: SessionSink, transports: readonly Transport[]) => Session,
  sink: SessionSink,
) => Session

/** Options after {@link normalize}. */
export type NormalOptions = ConnectOptions &
  Required<Pick<ConnectOptions, 'transports' | 'credentials' | 'topics' | 'maxEventSize' | 'reconnect' | 'env'>> & {
    url: URL
  }

const CREDENTIALS = ['omit', 'same-origin', 'include']

function expect(valid: unknown, option: string, expected: string): void {
  if (!valid) throw new TypeError(`connect: ${option} must be ${expected}.`)
}

function works(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

const isDelay = (value: unknown) => value === undefined || (typeof value === 'number' && value >= 0)
const isOptionalFunction = (value: unknown) => value === undefined || typeof value === 'function'

/** Options that are known to be sound, with their defaults. @throws {TypeError} that names the option */
export function normalize(url: string | URL, options: ConnectOptions): NormalOptions {
  const {
    transports = [],
    protocol,
    headers,
    credentials = 'same-origin',
    topics = [],
    lastEventId,
    maxEventSize = MAX_EVENT_SIZE,
    decode,
    share,
    signal,
    env = platform,
  } = options
  const base = env.document?.baseURI ?? env.location?.href
  const isAddress = (address: string | URL, from = base) =>
    works(() => new URL(address, from)) && /^(http|ws)s?:$/.test(new URL(address, from).protocol)

  expect(isAddress(url), 'url', `an http(s) or ws(s) URL${base ? '' : ', absolute outside a page'}`)
  const absolute = new URL(url, base)
  expect(Array.isArray(transports) && transports.length, 'transports', 'a list: websocket(), sse(), longPoll()')
  for (const transport of transports) {
    expect(typeof transport?.run === 'function', 'transports', 'a list: websocket(), sse(), longPoll()')
    expect(
      transport.url === undefined || isAddress(transport.url, absolute.href),
      "a transport's url",
      'an http(s) or ws(s) URL',
    )
  }
  const once = transports.some((transport) => transport.once)
  const { reconnect = once ? false : {} } = options
  expect(!once || transports.length === 1, 'transports', 'one alone where its method is not GET')
  expect(!protocol || isOptionalFunction(protocol.ask ?? 0), 'protocol', 'a protocol, such as plain()')
  expect(
    typeof headers === 'function' || works(() => new Headers(headers)),
    'headers',
    'headers, or a function that gives them',
  )
  expect(CREDENTIALS.includes(credentials), 'credentials', CREDENTIALS.join(', '))
  expect(
    Array.isArray(topics) && topics.every((topic) => topic && typeof topic === 'string'),
    'topics',
    'a list of non-empty strings',
  )
  expect(lastEventId === undefined || typeof lastEventId === 'string', 'lastEventId', 'a string')
  expect(maxEventSize > 0, 'maxEventSize', 'a positive number')
  expect(isOptionalFunction(decode), 'decode', 'a function')
  expect(isOptionalFunction(share) && !(share && once), 'share', 'tabs({ identity }), and every request a GET')
  expect(!signal || isOptionalFunction(signal.addEventListener ?? 0), 'signal', 'an AbortSignal')
  expect(
    (reconnect === false || (reconnect && typeof reconnect === 'object')) &&
      Object.values({ ...reconnect }).every(isDelay),
    'reconnect',
    'false or { minDelay, maxDelay, maxAttempts }, each a number of 0 or more',
  )
  return { ...options, url: absolute, transports, credentials, topics, maxEventSize, reconnect, env }
}
