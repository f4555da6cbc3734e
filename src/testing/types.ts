import type { HttpHandler, WebSocketHandler } from 'msw'
import type { Protocol } from '../seams.js'
import type { HubOptions } from '../server/core.js'
import type { ClientMessage, Sender } from '../server/handling.js'
import type { MemoryHistoryOptions } from '../server/memory-history.js'
import type { WebHub } from '../server/web-hub.js'
import type { EventMap } from '../types.js'
import type { Way } from './network.js'

export type { Way }

/** A transport whose bodies something in between can hold back. */
export type BufferedTransport = Exclude<Way, 'websocket' | 'post'>

/** A message of a page, as the mock's handler gets it. */
export type HandledMessage<Sends extends object = EventMap, Events extends object = EventMap> = {
  [Type in keyof Sends & string]: Pick<ClientMessage<Type, Sends[Type], Events>, 'type' | 'data' | 'publish'>
}[keyof Sends & string]

/** Answers what pages send: what it returns resolves the page's `send`, what it throws rejects it with the error's `code`. */
export type MockHandler<Sends extends object = EventMap, Events extends object = EventMap> = (
  message: HandledMessage<Sends, Events>,
  client: Sender,
) => unknown

/** What a mocked server can be told: the options of a hub, but for what several processes would share. */
export interface MockOptions<Sends extends object = EventMap, Events extends object = EventMap>
  extends Omit<HubOptions, 'history' | 'ledger' | 'allowedOrigins'> {
  /** Pages of which other origins may connect. Default: all. */
  allowedOrigins?: HubOptions['allowedOrigins']
  /** Answers what pages send. Default: everything is accepted, and answered with nothing. */
  onMessage?: MockHandler<Sends, Events>
  /** How much is kept for pages that come back: `{ maxEvents, maxBytes, maxAge }`, as `memoryHistory` has it. Default: its defaults. */
  history?: MemoryHistoryOptions
}

/** Somebody who is connected. */
export interface MockClient {
  /** The page's random id; undefined for one that sends nothing, and on a plain server. */
  readonly id: string | undefined
  /** Who it is, in the words of `authorize`; `anonymous` where there is none. */
  readonly principal: string | undefined
  /** What it is connected by; never `post`. */
  readonly transport: Way
  /** What it hears beside what goes to everybody. */
  readonly topics: readonly string[]
}

/** Something that a page has sent. */
export interface MockMessage<Type extends string = string, Data = unknown> {
  /** As the page gave it to `send`. */
  readonly type: Type
  /** The JSON value that the page sent, or a Uint8Array; undefined if it sent nothing. */
  readonly data: Data
  /** The page's random id. */
  readonly client: string
  /** Who it is, in the words of `authorize`; `anonymous` where there is none. */
  readonly principal: string
  /** What brought it: `websocket`, or `post` beside SSE and long-polling. */
  readonly transport: Way
}

/** What a page has sent to a plain server: one WebSocket message, or the body of one POST. */
export interface PlainMockMessage {
  /** Always `message`: plain messages have no types. */
  readonly type: 'message'
  /** The text, or the bytes of a binary WebSocket message; of a POST always its text. */
  readonly data: string | ArrayBuffer
  /** What brought it: `websocket` or `post`. */
  readonly transport: Way
}

/** What every mocked server can do. What names a transport throws a TypeError for one that does not exist. */
export interface Mock<Message> extends AsyncDisposable {
  /** Where it is, as it was given, absolute. */
  readonly url: string
  /** For msw: `setupServer(...mock.handlers)` in Node, `setupWorker(...mock.handlers)` in a browser. */
  readonly handlers: (HttpHandler | WebSocketHandler)[]
  /** Who is connected now. A long-polling page is so while one of its polls waits. */
  readonly clients: readonly MockClient[]
  /** All that pages have sent since the last `reset`, oldest first. */
  readonly messages: readonly Message[]

  /** Resolves when somebody is connected, by this transport or by any, and has heard of it. */
  connected(transport?: Way): Promise<MockClient>
  /**
   * Resolves when nothing is under way any more, as far as that takes no time. For tests with a fake clock: after they have
   * let time pass, what it set off is still to arrive.
   */
  settled(): Promise<void>

  /** Refuses a transport, and cuts what is open of it: as a firewall that answers. `post`: what pages send beside SSE and long-polling. */
  block(transport: Way): void
  /**
   * Swallows a transport: who connects is not answered, and on what is open nothing passes any more. Nobody is told: as a
   * firewall that drops. What has begun to hang in its handshake hangs for good.
   */
  hang(transport: Way): void
  /** Lets headers pass and holds back bodies until they end, which those of SSE never do: as a proxy that buffers. */
  buffer(transport: BufferedTransport): void
  /** Takes away what `block`, `hang` and `buffer` have put in the way, of one transport or of all. What was held back on open carriers arrives. */
  pass(transport?: Way): void
  /** Cuts what is open, of one transport or of all, without a word. Pages come back. */
  cut(transport?: Way): void
  /** The server cannot be reached: what is open is cut, everything else refused. What is published meanwhile is kept. */
  down(): void
  /** It can be reached again. */
  up(): void

  /**
   * After each test: everything as at the start. Takes away all faults, forgets what was published and sent, and rejects
   * every `received` that still waits. `await using mock = mockServer(…)` does the same.
   *
   * @throws {Error} rejects where connections are still open, naming each: their page was not closed by its test, and
   *   would go on in the next one. They are turned away.
   */
  reset(): Promise<void>
}

/** A mocked server that speaks the native protocol. */
export interface MockServer<Events extends object = EventMap, Sends extends object = EventMap>
  extends Mock<MockMessage> {
  /** The server half itself, for everything else: `position()`, `drain()`, `disconnect()`, `onError()`. A new one after each `reset`. */
  readonly hub: WebHub<Events, Sends>
  /**
   * Sends an event to all who may hear it, also to nobody. As `hub.publish`: `type, data, { topic, to, ephemeral }`.
   *
   * @throws {TypeError} for a type, data or an option that cannot be
   */
  publish: WebHub<Events>['publish']
  /** The oldest message of this type, or of any, that was not taken by an earlier call; waits for one where there is none. */
  received<Type extends keyof Sends & string>(type: Type): Promise<MockMessage<Type, Sends[Type]>>
  received(): Promise<MockMessage>
  /** Answers what pages send, in place of the option, until `reset`. Returns a function that takes it back. */
  onMessage(handler: MockHandler<Sends, Events>): () => void

  /** Ends all connections as expired. With `authorize`: no `authorization` header that was good until now is good any more. */
  expireTokens(): void
  /** The history is gone, as after a restart: who is connected hears of a gap, and so does who comes back. Resolves when it is so. */
  loseHistory(): Promise<void>
}

/** What a mocked plain server can be told. */
export interface PlainMockOptions {
  /** `plain()`: what is mocked knows nothing of Holdfast. */
  protocol: Protocol & { readonly native: false }
  /** How long a poll is left without an answer where there is nothing to say, in ms. Default 20,000. */
  wait?: number
}

/** How a plain server says an event. */
export interface PlainPublishOptions {
  /** The type of the event, over SSE and long-polling; a WebSocket message has none. Default: none, which pages hear as `message`. */
  type?: string
}

/**
 * A mocked server that knows nothing of Holdfast: raw WebSocket messages, a stream of server-sent events whose ids count
 * from 1, and polls that are answered with the same. `Last-Event-ID` is honoured.
 */
export interface PlainMockServer extends Mock<PlainMockMessage> {
  /** Sends a text, or on WebSockets alone bytes, to everybody. @throws {TypeError} for bytes together with a type */
  publish(data: string | Uint8Array<ArrayBuffer>, options?: PlainPublishOptions): void
  /** The oldest message that was not taken by an earlier call; waits for one where there is none. */
  received(): Promise<PlainMockMessage>
}
