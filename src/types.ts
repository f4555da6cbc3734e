import type { HoldfastError } from './errors.js'
import type { ListenOptions } from './kit/emitter.js'
import type { SchemaIssue, SchemaResult, StandardSchema } from './kit/standard-schema.js'

export type { ListenOptions, SchemaIssue, SchemaResult, StandardSchema }

/* ------------------------------------------------------------------ what a page sees */

/** One event, as a listener gets it. */
export interface LiveEvent<Type extends string = string, Data = unknown> {
  /** The event's type; `message` where the server gave none. */
  readonly type: Type
  /** Native protocol: the JSON value that was published, or a Uint8Array. Plain: a string, or an ArrayBuffer. */
  readonly data: Data
  /** The event's id; undefined for an ephemeral event, which arrives at most once. */
  readonly id: string | undefined
}

/**
 * What data each type has: of events, `connect<{ price: Price; chat: Line }>(…)`; likewise of messages, and of the replies to
 * them. This is the one that stands for any type and any data.
 */
export type EventMap = { [type: string]: unknown }

/** The events of a map as a union that `type` tells apart. */
export type AnyEvent<Events extends object> = {
  [Type in keyof Events & string]: LiveEvent<Type, Events[Type]>
}[keyof Events & string]

/** History was lost: what lies between the last event and `position` will not arrive. */
export interface Gap {
  /** Where the stream goes on; undefined where the server gives no ids. */
  readonly position: string | undefined
  /** Why: the server's word (`history`, `slow`), or `unknown` where it gave none. */
  readonly reason: string
}

/**
 * How a connection stands. `connecting`: it was never open. `open`: events can flow. `reconnecting`: it was open, and
 * is not now. `closed`: for good.
 */
export type Status = 'connecting' | 'open' | 'reconnecting' | 'closed'

/**
 * Why a connection is closed for good: `page` (close(), dispose or the signal), `refused` (401, 403, 404, 410, another
 * content type or protocol), `stopped` (204), `ended` (with `reconnect: false`: the stream or the only attempt is over).
 */
export type CloseReason = 'page' | 'refused' | 'stopped' | 'ended'

/** `leader`: holds the connection that its tabs share. `follower`: hears the leader. `alone`: sharing is not possible here. */
export type Role = 'alone' | 'leader' | 'follower'

/** An immutable snapshot: the same object as long as nothing changed. */
export interface ConnectionState {
  /** How the connection stands. A plain server proves nothing: there it is `open` when its transport is. */
  readonly status: Status
  /** The name of the transport in use, while open; a follower tells its leader's. */
  readonly transport: string | undefined
  /** Attempts since the connection was last open for a while; 0 at the start. */
  readonly attempt: number
  /** From where the stream goes on after a break: the last event's id, or a later position; undefined: from then on. */
  readonly lastEventId: string | undefined
  /** The latest error, until the connection is open again. */
  readonly error: HoldfastError | undefined
  /** Set when closed. */
  readonly reason: CloseReason | undefined
  /** The tab's part in a shared connection; undefined without `share`, and as long as it is not decided. */
  readonly role: Role | undefined
}

/** One line of {@link Explanation}: one transport, tried once. */
export interface ExplainedAttempt {
  /** Its name: `websocket`, `sse`, `long-poll`; `tabs` for the way to the tab that leads. */
  readonly transport: string
  /** ms since the epoch. */
  readonly startedAt: number
  /** ms until it proved itself, or until it lost. */
  readonly took: number | undefined
  /**
   * `pending`: on its way. `used`: it carries the stream, or did until it was let go. `lost`: it is not needed, or no
   * longer. `failed`: it did not get through, or broke.
   */
  readonly outcome: 'pending' | 'used' | 'lost' | 'failed'
  /** In words: why it is used, or lost, or failed. Never a header, a query or a token. */
  readonly why: string
}

/** What `explain()` tells. Its `toString()` is the same in readable text. */
export interface Explanation {
  /** Origin and path of the connection's URL, without its query. */
  readonly url: string
  /** That of the connection, when it was asked. */
  readonly state: ConnectionState
  /** The newest 50, oldest first. */
  readonly attempts: readonly ExplainedAttempt[]
  /** What is remembered of this origin: transports that did not pass, and until when (ms since the epoch). */
  readonly remembered: readonly { readonly transport: string; readonly failures: number; readonly until: number }[]
  /** Only with `share`. */
  readonly sharing?: {
    /** As `state.role`. */
    readonly role: Role | undefined
    /** In words: what the tabs agreed on, or why there is nothing to share. */
    readonly why: string
    /** How many tabs follow this one. */
    readonly followers: number
    /** Messages of other tabs that did not fit: another version of Holdfast, or a foreign writer. */
    readonly ignored: number
  }
  toString(): string
}

/** What a `headers` function is told. */
export interface HeadersContext {
  /** Aborts when the answer is not needed any more, or takes longer than 10 s. */
  readonly signal: AbortSignal
  /** The last headers were refused (401 or 403): the same ones again would end the connection. */
  readonly refused: boolean
}

/** How one `send` is called off. */
export interface SendOptions {
  /**
   * Gives up: a message that was not transmitted yet is withdrawn; one that was may still be handled. Either way the
   * promise rejects with the signal's reason.
   */
  signal?: AbortSignal
}

/** What `events()` and `readable()` hold for a slow reader, and when they end. */
export interface EventsOptions {
  /** How many items may wait for the reader: 1 or more. Default 1,000. */
  limit?: number
  /** What gives way when they are more. Default `drop-oldest`. */
  overflow?: 'drop-oldest' | 'drop-newest'
  /** Ends the iteration when it aborts. */
  signal?: AbortSignal
}

/** What `events()` yields: events, and in their places what is missing. */
export type StreamItem<Event> =
  | Event
  | ({ readonly type: 'holdfast:gap' } & Gap)
  | { readonly type: 'holdfast:dropped'; readonly count: number }

/** What every connection can do, whatever the protocol. */
export interface BaseConnection<Events extends object> extends Disposable {
  /** Resolves when events can flow for the first time; rejects with a HoldfastError if the connection closes before. */
  readonly opened: Promise<void>
  /** Resolves when the connection is closed for good, with the reason. Never rejects. */
  readonly closed: Promise<CloseReason>
  /** How it stands now: the same object as long as nothing changed. */
  readonly state: ConnectionState
  /**
   * Hears one type, or with `'*'` every type. Returns a function that removes the listener, as all that hear do.
   * @throws {TypeError} where the listener is no function
   */
  on<Type extends keyof Events & string>(
    type: Type,
    listener: (event: LiveEvent<Type, Events[Type]>) => void,
    options?: ListenOptions,
  ): () => void
  on(type: '*', listener: (event: AnyEvent<Events>) => void, options?: ListenOptions): () => void
  /** Hears each new state. That the cursor moved makes none. */
  onStateChange(listener: (state: ConnectionState) => void, options?: ListenOptions): () => void
  /** Hears of lost history, before the event that comes behind it. */
  onGap(listener: (gap: Gap) => void, options?: ListenOptions): () => void
  /** Hears what went wrong, also where it will be tried again. */
  onError(listener: (error: HoldfastError) => void, options?: ListenOptions): () => void
  /**
   * Iterates over events of one type, or of all. Ends when the connection closes; throws its error if it was refused or
   * broke.
   * @throws {TypeError} at once for an option that cannot be
   */
  events<Type extends keyof Events & string>(
    type: Type,
    options?: EventsOptions,
  ): AsyncIterableIterator<StreamItem<LiveEvent<Type, Events[Type]>>>
  events(type?: '*', options?: EventsOptions): AsyncIterableIterator<StreamItem<AnyEvent<Events>>>
  /**
   * The same as a web stream, for `pipeThrough` and `pipeTo`. It closes, or breaks with the connection's error, where the
   * iteration would end. Cancelling it ends it.
   */
  readable<Type extends keyof Events & string>(
    type: Type,
    options?: EventsOptions,
  ): ReadableStream<StreamItem<LiveEvent<Type, Events[Type]>>>
  readable(type?: '*', options?: EventsOptions): ReadableStream<StreamItem<AnyEvent<Events>>>
  /**
   * Hears one more topic on the same connection. Returns a function that leaves it.
   * @throws {TypeError} for a topic that is no text, or empty
   */
  subscribe(topic: string): () => void
  /** What was tried, how long it took, and why this transport is used: as data, and as text by `toString()`. */
  explain(): Explanation
  /** Closes for good. Closing twice is closing once. */
  close(): void
}

/** Data of one type, and options behind it. Only data that may be undefined may be left out. */
export type DataAndOptions<Data, Options> = undefined extends Data
  ? [data?: Data, options?: Options]
  : [data: Data, options?: Options]

/** The handler's reply to a message of this type; unknown where the map does not say it. */
export type ReplyTo<Type extends string, Replies extends object> = (Replies & EventMap)[Type]

/** `Events`: what is heard. `Sends`: what is sent. `Replies`: what the server's handler answers to it. */
export interface Connection<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> extends BaseConnection<Events> {
  /**
   * Sends a message, at most once handled. Resolves with the handler's reply when the server has it, also across a
   * reconnect.
   * @param type 1 to 256 characters without CR, LF and NUL; does not begin with `holdfast:`
   * @param given data: a JSON value, or bytes (an ArrayBuffer or a view of one); and {@link SendOptions}
   * @throws {HoldfastError} with the handler's code, or `unconfirmed`, `outcome-lost`, `message-too-large`,
   *   `queue-full`, `not-supported`, `schema`, `closed`; docs/errors.md says of each whether it was handled
   * @throws {TypeError} for a type that cannot be, or data that JSON cannot hold
   */
  send<Type extends keyof Sends & string>(
    type: Type,
    ...given: DataAndOptions<Sends[Type], SendOptions>
  ): Promise<ReplyTo<Type, Replies>>
}

/** A connection to a server that knows nothing of Holdfast. */
export interface PlainConnection<Events extends object = { message: string }> extends BaseConnection<Events> {
  /**
   * Sends one WebSocket frame. Resolves when the browser has it: a plain server acknowledges nothing.
   * @throws {HoldfastError} `not-supported` over another transport, `queue-full`, `closed`, `network`
   */
  send(data: string | BufferSource | Blob, options?: SendOptions): Promise<void>
}
