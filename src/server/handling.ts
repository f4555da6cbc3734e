import { HoldfastError } from '../errors.js'
import type { DataAndOptions, EventMap, ReplyTo } from '../types.js'
import { validate } from '../validate.js'
import type { TransportName } from './carrier.js'
import { type Publication, type PublishingRules, type PublishOptions, readPublication } from './publishing.js'
import { demand } from './schemas.js'
import { encodeResult, failure, type Reply, type SendMessage } from './send.js'

/** A message of a page, as the handler gets it. */
export interface ClientMessage<Type extends string = string, Data = unknown, Events extends object = EventMap> {
  /** As the page gave it to `send`. */
  readonly type: Type
  /** The JSON value that the page sent, or a Uint8Array; undefined if it sent nothing. */
  readonly data: Data
  /** Counts from 1 for each client. */
  readonly number: number
  /**
   * The same whenever this message is handed out, and for no other: opaque text for a unique column. With a history that
   * several processes share a message may be handed out again, where the one that handled it died, or could not store what
   * came of it.
   */
  readonly key: string
  /**
   * As `hub.publish`, but stored together with the outcome, once the handler is done: both or neither, and once, however
   * often the message is handed out. A handler that throws publishes nothing.
   *
   * @throws {TypeError} for a type, data or an option that cannot be
   * @throws {RangeError} for an event that is larger than `limits.eventBytes`
   * @throws {HoldfastError} `closed` when the handler is done already
   */
  publish<Type extends keyof Events & string>(type: Type, ...given: DataAndOptions<Events[Type], PublishOptions>): void
}

/** Whose message it is. */
export interface Sender {
  /** The page's random id. */
  readonly id: string
  /** Who it is, in the words of `authorize`; `anonymous` where there is none. */
  readonly principal: string
  /** What brought the message: `websocket` or `post`. */
  readonly transport: TransportName | 'post'
}

/** The messages of a map as a union that `type` tells apart. */
export type AnyMessage<Sends extends object, Events extends object> = {
  [Type in keyof Sends & string]: ClientMessage<Type, Sends[Type], Events>
}[keyof Sends & string]

/** The replies to them. */
type AnyReply<Sends extends object, Replies extends object> = {
  [Type in keyof Sends & string]: ReplyTo<Type, Replies>
}[keyof Sends & string]

/** What it returns resolves the page's `send`, what it throws rejects it. */
export type MessageHandler<
  Sends extends object = EventMap,
  Replies extends object = EventMap,
  Events extends object = EventMap,
> = (
  message: AnyMessage<Sends, Events>,
  client: Sender,
) => AnyReply<Sends, Replies> | PromiseLike<AnyReply<Sends, Replies>>

/** What came of a message: the JSON text of its result, and what is to be published with it. */
export interface Answer {
  readonly json: string
  readonly published: readonly Publication[]
}

/** Hands messages to the application's handler. */
export class Handling {
  handler: MessageHandler | undefined
  readonly #rules: PublishingRules
  readonly #report: (error: unknown) => void

  constructor(rules: PublishingRules, report: (error: unknown) => void) {
    this.#rules = rules
    this.#report = report
  }

  /** Never rejects. */
  async handle(key: string, { number, type, data: given }: SendMessage, sender: Sender): Promise<Answer> {
    const { handler } = this
    const { sendSchema, replySchema } = this.#rules.schemas
    const nothing = (reply: Reply) => ({ json: encodeResult(number, reply), published: [] })
    if (handler === undefined) return nothing(failure('no-handler', 'This server takes no messages.'))
    const published: Publication[] = []
    let done = false
    const publish = (type: string, data?: unknown, options?: PublishOptions) => {
      if (done) throw new HoldfastError('closed', 'publish: the handler of this message is done; use hub.publish.')
      published.push(readPublication(this.#rules, type, data, options))
    }
    try {
      const data = validate(sendSchema, type, given, 'A message')
      const value = await handler({ type, data, number, key, publish }, sender)
      demand(replySchema, type, value, 'A reply to a message')
      const json = this.#encode(number, value)
      return json === undefined ? nothing(failure('too-large', 'The reply is too large.')) : { json, published }
    } catch (error) {
      return nothing(this.#explain(error))
    } finally {
      done = true
    }
  }

  /** Undefined for a reply that is too large. */
  #encode(number: number, value: unknown): string | undefined {
    const json = encodeResult(number, { value })
    if (json.length <= this.#rules.limits.replyBytes) return json
    this.#report(new RangeError(`A reply of ${json.length} bytes is larger than limits.replyBytes.`))
    return undefined
  }

  /**
   * What was thrown may tell of the server's insides, and database drivers give their errors codes too. So its code is
   * passed on if it is a string; its message only if it says so: a HoldfastError, or `expose: true`.
   */
  #explain(error: unknown): Reply {
    const isObject = typeof error === 'object' && error !== null
    const code =
      isObject && 'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code : undefined
    const exposed = error instanceof HoldfastError || (isObject && 'expose' in error && error.expose === true)
    if (!exposed) this.#report(error)
    const message = exposed && error instanceof Error ? error.message : 'The handler failed.'
    return failure(code ?? 'handler-error', message)
  }
}
