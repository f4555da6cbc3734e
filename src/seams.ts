/**
 * The seams between the floors. A transport carries bytes; a protocol says how a server is addressed and how its frames become events.
 * Any transport works with any protocol: each protocol knows three framings, each transport has one of them. A session is one
 * logical stream, whoever holds it.
 */
import type { HoldfastError } from './errors.js'
import type { Env } from './kit/env.js'
import type { ConnectionState, ExplainedAttempt, Explanation, Gap } from './types.js'

/** `message`: whole messages, as on a WebSocket. `stream`: an endless body. `body`: one finite body after another. */
export type Framing = 'message' | 'stream' | 'body'

/** How one request is made. */
export interface Ask {
  /** Absolute, with its query. Each transport puts its own scheme (http or ws) in place of the other. */
  url: string
  /** The HTTP method. Default `GET`. `sse()` and `longPoll()` put their own in its place. */
  method?: string
  /** Those of the request, by name. A browser's WebSocket can send none: `websocket()` leaves them out. */
  headers: Record<string, string>
  /** The body of the request, as fetch has it. Default: none. `sse()` and `longPoll()` put their own in its place. */
  body?: BodyInit | null
  /** What a WebSocket says first. Default: nothing. */
  frame?: string
  /** Polls of a plain server: 204 and 304 are ordinary answers, and the next poll starts so many ms after the last one at the earliest. */
  pause?: number
}

/** The way from the page to the server on a carrier. */
export interface Uplink {
  /**
   * Sends one frame. Rejects where the carrier can tell that it did not arrive.
   * @param frame native protocol: JSON text (PROTOCOL.md, "Client to server"); plain: what the page gave to `send`
   * @param leaving the page goes away: by a keepalive POST, whatever the transport
   * @param late aborts when a POST has taken too long
   */
  send(frame: string | BufferSource | Blob, leaving?: boolean, late?: AbortSignal): void | Promise<void>
}

/** What a transport is given to run: all that it needs to know, and where it tells what it hears. */
export interface Task {
  readonly env: Env
  readonly signal: AbortSignal
  readonly credentials: RequestCredentials
  /** Who asks, and from where it goes on. */
  hello(): Hello
  /** How to make the next request. `wait`: how long a long-poll lets the server wait, in ms. */
  ask(wait?: number): Ask
  /** How to make a POST with a frame. */
  post(): Ask
  /** Bytes can flow, as far as the transport can tell. */
  opened(uplink: Uplink): void
  /** A piece of text of a stream or body, or one whole message. */
  data(data: string | ArrayBuffer): void
  /**
   * A body is complete; `position` is what its headers say of the place in the stream (`ETag`).
   * @returns whether it held anything but greetings
   */
  end(position?: string): boolean
  /** The response to a POST. @throws {HoldfastError} where it holds no outcome */
  answer(text: string): void
  /** The next byte is due within so many ms. */
  due(silence: number): void
}

/** One way to carry bytes: what `websocket()`, `sse()` and `longPoll()` make. */
export interface Transport {
  /**
   * What `state.transport` and `explain()` call it, and by which what did not pass is remembered: `websocket`, `sse`,
   * `long-poll`. The way of a tab to the one that leads is `tabs`.
   */
  readonly name: string
  /** In which pieces {@link Task.data} is told what comes. */
  readonly framing: Framing
  /** An own URL, in place of that of the connection, and relative to it. */
  readonly url?: string | URL
  /** Speaks this protocol, in place of that of the connection. */
  readonly protocol?: Protocol
  /** The request is not a GET: it is never raced, and never repeated unasked. */
  readonly once?: boolean
  /**
   * Runs until it ends: resolves where the server ended it in good order, rejects with a {@link HoldfastError} that says why
   * otherwise. It neither retries nor decides.
   */
  run(task: Task): Promise<void>
}

/** What a hello says: who the client is, and from where it goes on (PROTOCOL.md, "Client to server: hello"). */
export interface Hello {
  /** Counted from 1 on each carrier. */
  number: number
  /** The position behind which the client goes on; undefined: from now on. */
  cursor: string | undefined
  /** What the client wants to hear beside what goes to everybody. */
  topics: readonly string[]
  /** What the page gave as `headers`, for this round of attempts. Names are in lower case. */
  headers: Record<string, string>
  /** The client's id: 16 to 64 of `A-Z a-z 0-9 - _`, random, fresh for every connection. */
  client: string
  /** The number of the lowest send whose outcome the client does not have, from 1; `next` where there is none. */
  unacknowledged: number
  /** The number of the lowest send that the client has never transmitted, from 1. */
  next: number
}

/**
 * What the protocol itself has to say, beside events (PROTOCOL.md, "Server to client"). Durations are ms, sizes bytes.
 * Fields are as they came off the wire: not yet checked.
 */
export type Control =
  | { kind: 'open'; level?: number; heartbeat?: number; limit?: number }
  | {
      kind: 'ready'
      id: string | undefined
      hello?: number
      gap?: boolean
      handled?: number | null
      epoch?: string
      reconnect?: number
      expires?: number
      denied?: string[]
      principal?: string
    }
  | { kind: 'gap'; id: string | undefined; reason?: string }
  | { kind: 'result'; number: number; value?: unknown; error?: { code: string; message: string } }
  | { kind: 'cursor'; id: string }
  | { kind: 'retry'; delay: number }
  | { kind: 'drain'; window?: number }
  | { kind: 'pong'; epoch?: string }
  /** An event was rejected; the stream goes on behind it. */
  | { kind: 'rejected'; error: HoldfastError }
  /** The carrier is of no more use. */
  | { kind: 'failed'; error: HoldfastError }

/** Where a decoder tells what it read. */
export interface DecoderSink {
  /** The hot path: no object for an event that nobody hears. */
  event(type: string, data: string | ArrayBuffer, id: string | undefined, topic?: string): void
  control(control: Control): void
}

/** Makes events and {@link Control} of what one carrier brings. */
export interface Decoder {
  /** As {@link Task.data}. */
  data(data: string | ArrayBuffer): void
  /** As {@link Task.end}. */
  end(position?: string): void
}

/** How a server is spoken to: the native protocol, or what `plain()` makes. */
export interface Protocol {
  /** `holdfast` or `plain`. Tabs share a connection only where it is the same. */
  readonly name: string
  /** The server speaks first and proves the way; it takes repeated hellos, pings, and acknowledges sends. */
  readonly native: boolean
  /** How long a server may be silent, in ms, where it does not say so itself. */
  readonly heartbeat?: number
  /** How a carrier addresses the server. `wait`: how long a long-poll lets it wait, in ms. */
  ask(framing: Framing, url: URL, hello: Hello, wait?: number): Ask
  /** For one carrier, or the answer to one POST. `maxEventSize`: in UTF-16 code units; of an ArrayBuffer in bytes. */
  decoder(framing: Framing, sink: DecoderSink, maxEventSize: number): Decoder
  /** The value that a listener gets. May throw. */
  decode(data: string | ArrayBuffer): unknown
}

/** What is known of the server on a carrier. */
export interface Carried {
  readonly transport: Transport
  /** What the server said of itself (PROTOCOL.md, "Levels of conformance"). */
  readonly level: number
  /** The largest message that the server takes, in bytes. */
  readonly limit: number | undefined
}

/** Where a session tells what it has: the floor above. */
export interface SessionSink {
  /** `topic`: to whom else than everybody it was said, where the server tells. */
  event(type: string, data: string | ArrayBuffer, id: string | undefined, topic?: string): void
  /** A hello was answered; before anything follows from it. */
  ready?(answer: Extract<Control, { kind: 'ready' }>, carrier: Carried): void
  gap(gap: Gap): void
  error(error: HoldfastError): void
  stateChange(state: ConnectionState): void
}

/** One logical stream across many attempts. The follower of a shared connection has the same interface. */
export interface Session {
  readonly state: ConnectionState
  /** `type, data, options`; in a plain protocol `data, options`. */
  send(...given: unknown[]): Promise<unknown>
  /** Which topics the page wants to hear, all of them. */
  topics(topics: readonly string[]): void
  /** Goes on over these transports, at once; over none: waits. */
  use(transports: readonly Transport[]): void
  attempts(): ExplainedAttempt[]
  remembered(): Explanation['remembered']
  sharing?(): Explanation['sharing']
  close(): void
}
