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
  url: string
  method?: string
  headers: Record<string, string>
  body?: BodyInit | null
  /** What a WebSocket says first. */
  frame?: string
  /** Polls of a plain server: 204 and 304 are ordinary answers, and the next poll starts so many ms after the last one at the earliest. */
  pause?: number
}

/** The way from the page to the server on a carrier. */
export interface Uplink {
  /**
   * Sends one frame. Rejects where the carrier can tell that it did not arrive.
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

export interface Transport {
  readonly name: string
  readonly framing: Framing
  /** An own URL, in place of that of the connection. */
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

/** What a hello says: who the client is, and from where it goes on. */
export interface Hello {
  /** Counted from 1 on each carrier. */
  number: number
  cursor: string | undefined
  topics: readonly string[]
  headers: Record<string, string>
  client: string
  unacknowledged: number
  next: number
}

/** What the protocol itself has to say, beside events. Fields are as they came off the wire: not yet checked. */
export type Control =
  | { kind: 'open'; level?: number; heartbeat?: number; limit?: number }
  | {
      kind: 'ready'
      id: string | undefined
      hello?: number
      gap?: boolean
      handled?: number | null
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
  | { kind: 'pong' }
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

export interface Decoder {
  data(data: string | ArrayBuffer): void
  end(position?: string): void
}

export interface Protocol {
  readonly name: string
  /** The server speaks first and proves the way; it takes repeated hellos, pings, and acknowledges sends. */
  readonly native: boolean
  /** How long a server may be silent, in ms, where it does not say so itself. */
  readonly heartbeat?: number
  /** How a carrier addresses the server. */
  ask(framing: Framing, url: URL, hello: Hello, wait?: number): Ask
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
