import { MAX_EVENT_SIZE } from './constants.js'
import { type Env, platform } from './kit/env.js'
import type { Protocol, Session, SessionSink, Transport } from './seams.js'
import type { EventMap, HeadersContext, StandardSchema } from './types.js'

/** What a connection can be told. */
export interface ConnectOptions<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> {
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
  /** What to hear beside what goes to everybody. Default: nothing. */
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
  /**
   * What the events of each type must fit: schemas of zod, valibot, arktype or anything else that follows Standard Schema
   * (https://standardschema.dev), if they are synchronous. Listeners get what the schema makes of the data; what does not fit
   * goes to `onError`, with code `schema`. Types without a schema pass as they are.
   */
  schema?: { readonly [Type in keyof Events]?: StandardSchema<unknown, Events[Type]> }
  /** What the data of sends must fit: what does not is not sent. It is sent as it was given. Native protocol only. */
  sendSchema?: { readonly [Type in keyof Sends]?: StandardSchema<Sends[Type], unknown> }
  /** What the replies to sends must fit, by the type of the send. Native protocol only. */
  replySchema?: { readonly [Type in keyof Replies]?: StandardSchema<unknown, Replies[Type]> }
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
const TRANSPORTS = 'a list: websocket(), sse(), longPoll()'
const ADDRESS = 'an http(s) or ws(s) URL'

function expect(valid: unknown, option: string, expected: string): asserts valid {
  if (!valid) throw new TypeError(`connect: ${option} must be ${expected}.`)
}

function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch {}
}

function address(url: string | URL, base: string | undefined): URL | undefined {
  const absolute = attempt(() => new URL(url, base))
  return absolute && /^(http|ws)s?:$/.test(absolute.protocol) ? absolute : undefined
}

const isFunction = (value: unknown) => typeof value === 'function'
const isText = (value: unknown) => typeof value === 'string'

/** Options that are known to be sound, with their defaults. @throws {TypeError} that names the option */
export function normalize(given: string | URL, options: ConnectOptions): NormalOptions {
  const {
    transports = [],
    protocol,
    headers,
    credentials = 'same-origin',
    topics = [],
    lastEventId = '',
    maxEventSize = MAX_EVENT_SIZE,
    decode,
    schema,
    sendSchema,
    replySchema,
    share,
    signal,
    env = platform,
  } = options
  const base = env.document?.baseURI ?? env.location?.href
  const url = address(given, base)
  expect(url, 'url', ADDRESS + (base ? '' : ', absolute outside a page'))
  expect(Array.isArray(transports) && transports.length, 'transports', TRANSPORTS)
  for (const transport of transports) {
    expect(isFunction(transport?.run), 'transports', TRANSPORTS)
    expect(transport.url === undefined || address(transport.url, url.href), "a transport's url", ADDRESS)
  }
  const once = transports.some((transport) => transport.once)
  const { reconnect = once ? false : {} } = options
  expect(!once || transports.length === 1, 'transports', 'one alone where its method is not GET')
  expect(!protocol || isFunction(protocol.ask), 'protocol', 'a protocol, such as plain()')
  expect(
    isFunction(headers) || attempt(() => new Headers(headers as HeadersInit)),
    'headers',
    'headers, or a function that gives them',
  )
  expect(CREDENTIALS.includes(credentials), 'credentials', CREDENTIALS.join(', '))
  expect(
    Array.isArray(topics) && topics.every((topic) => topic && isText(topic)),
    'topics',
    'a list of non-empty strings',
  )
  expect(isText(lastEventId), 'lastEventId', 'a string')
  expect(maxEventSize > 0, 'maxEventSize', 'a positive number')
  expect(decode === undefined || isFunction(decode), 'decode', 'a function')
  expect(share === undefined || (isFunction(share) && !once), 'share', 'tabs({ identity }), and every request a GET')
  expect(
    [schema, sendSchema, replySchema].every((schemas) =>
      Object.values(schemas ?? {}).every((one) => isFunction(one?.['~standard']?.validate)),
    ),
    'every schema',
    'a Standard Schema',
  )
  expect(!signal || isFunction(signal.addEventListener), 'signal', 'an AbortSignal')
  expect(
    reconnect === false ||
      (reconnect &&
        typeof reconnect === 'object' &&
        Object.values(reconnect).every((value) => value === undefined || (typeof value === 'number' && value >= 0))),
    'reconnect',
    'false or { minDelay, maxDelay, maxAttempts } with numbers from 0 on',
  )
  return { ...options, url, transports, credentials, topics, maxEventSize, reconnect, env }
}
