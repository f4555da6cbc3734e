import { HoldfastError } from '../errors.js'
import type { TransportName } from './carrier.js'
import type { Claim, Ledger } from './ledger.js'
import type { Limits } from './limits.js'
import { lostResult, outcomesBefore, resultsOf } from './outcomes.js'
import { Rate } from './rate.js'
import { Refusal } from './refusal.js'
import { encodeResult, type Reply, type Send, type SendMessage, WITHDRAWN } from './send.js'

/** A message of a page, as the handler gets it. */
export interface ClientMessage {
  readonly type: string
  /** The JSON value that the page sent, or a Uint8Array; undefined if it sent nothing. */
  readonly data: unknown
  /** Counts from 1 for each client. */
  readonly number: number
  /**
   * The same whenever this message is handed out, and for no other: opaque text for a unique column. A hub that
   * crashes between handling and answering is the one case in which that tells.
   */
  readonly key: string
}

/** Whose message it is. */
export interface Sender {
  /** The page's random id. */
  readonly id: string
  readonly principal: string
  readonly transport: TransportName | 'post'
}

/** What it returns resolves the page's `send`, what it throws rejects it. */
export type MessageHandler = (message: ClientMessage, client: Sender) => unknown

/** Where the results of one batch of sends go. */
export interface SendSink {
  /** The messages are acceptable so far, and are being handled. */
  accepted(): void
  result(json: string): void
  /** There are no messages: the client only hears that it got through. */
  pong(): void
  /** The rest of the batch is not handled. */
  fail(refusal: Refusal): void
  /** All have their results. */
  done(): void
}

interface Task {
  readonly message: SendMessage
  readonly sender: Sender
  readonly batch: Batch
}

interface Batch {
  readonly send: Send
  readonly sink: SendSink
  left: number
  failed: boolean
}

/** What a client is told that introduces itself. */
export interface Introduced {
  /** The highest number that was handled; null if the client was not known. */
  readonly handled: number | null
  /** Of what was handled and has no outcome yet as far as the client says, as JSON. */
  readonly results: readonly string[]
}

/** Where all sends of one client stand in one line, whichever carriers brought them. */
interface Lane {
  readonly tag: string
  readonly queue: Task[]
  readonly rate: Rate
  running: boolean
}

/**
 * Handles sends: for each client one at a time and in order, each once.
 *
 * What comes again, on another carrier, while it is still handled stands in line behind it, and finds its outcome.
 */
export class Sends {
  handler: MessageHandler | undefined
  readonly #lanes = new Map<string, Lane>()
  readonly #ledger: Ledger
  readonly #limits: Limits
  readonly #report: (error: unknown) => void

  constructor(ledger: Ledger, limits: Limits, report: (error: unknown) => void) {
    this.#ledger = ledger
    this.#limits = limits
    this.#report = report
  }

  /** The ledger's and the lanes' name of a client: a client id proves nothing without its principal. */
  static account(tag: string, client: string): string {
    return `${tag}:${client}`
  }

  /** A hello, or a send of a client that is not known: takes it in, if it is not, with what it says of itself. */
  async open(account: string, unacknowledged: number, next: number): Promise<Introduced> {
    const before = outcomesBefore(next, unacknowledged)
    const opened = await this.#ledger.open(account, unacknowledged, next, before)
    return { handled: opened.handled, results: resultsOf(opened, unacknowledged) }
  }

  submit(tag: string, sender: Sender, send: Send, sink: SendSink): void {
    const account = Sends.account(tag, send.client)
    if (send.messages.length === 0) return void this.#greet(account, send, sink)
    let lane = this.#lanes.get(account)
    if (lane === undefined) {
      lane = { tag, queue: [], rate: new Rate(this.#limits.sendsPerSecond), running: false }
      this.#lanes.set(account, lane)
    }
    if (lane.queue.length + send.messages.length > this.#limits.queuedSends) {
      sink.fail(new Refusal('too-many', 'Too many messages wait to be handled.', { retryAfter: 1_000 }))
      return
    }
    const batch = { send, sink, left: send.messages.length, failed: false }
    for (const message of send.messages) lane.queue.push({ message, sender, batch })
    this.#acknowledge(account, send.unacknowledged)
    if (!lane.running) this.#run(account, lane)
  }

  /** Forgets the lanes that nobody is in. */
  sweep(): void {
    for (const [account, lane] of this.#lanes) if (!lane.running && lane.rate.full) this.#lanes.delete(account)
  }

  /** Without messages: a client that says `next` makes itself known before it transmits what could be lost. */
  async #greet(account: string, { unacknowledged, next }: Send, sink: SendSink): Promise<void> {
    try {
      if (next !== undefined) await this.open(account, unacknowledged, next)
      sink.pong()
      sink.done()
    } catch (error) {
      this.#fail(sink, error, 'The client was not taken in.')
    }
  }

  async #acknowledge(account: string, unacknowledged: number): Promise<void> {
    try {
      await this.#ledger.acknowledge(account, unacknowledged)
    } catch (error) {
      this.#report(error)
    }
  }

  async #run(account: string, lane: Lane): Promise<void> {
    lane.running = true
    for (let task = lane.queue.shift(); task !== undefined; task = lane.queue.shift()) {
      const { batch, message } = task
      if (batch.failed) continue
      try {
        batch.sink.result(await this.#take(account, lane, task))
        batch.left -= 1
        if (batch.left === 0) batch.sink.done()
      } catch (error) {
        batch.failed = true
        this.#fail(batch.sink, error, `Message ${message.number} was not handled.`)
      }
    }
    lane.running = false
  }

  #fail(sink: SendSink, error: unknown, what: string): void {
    const expected = error instanceof Refusal
    if (!expected) this.#report(error)
    sink.fail(expected ? error : new Refusal('unavailable', what))
  }

  /** The result of one message, as JSON. */
  async #take(account: string, lane: Lane, { message, sender, batch }: Task): Promise<string> {
    const { number } = message
    const claim = await this.#claim(account, number, batch.send)
    if (claim.state === 'unknown-client') throw new Refusal('unknown-client', 'This server does not know this client.')
    if (claim.state === 'out-of-order') throw new Refusal('bad-request', `Message ${number} is not the next one.`)
    batch.sink.accepted()
    if (claim.state === 'handled') return claim.outcome?.json ?? lostResult(number)
    const json = this.#encode(number, await this.#reply(account, lane, message, sender))
    // An outcome that cannot be kept can still be told.
    try {
      await this.#ledger.settle(account, { number, json })
    } catch (error) {
      this.#report(error)
    }
    return json
  }

  /**
   * A send that says `next` introduces a client that the ledger does not know, or of which it knows less than the client.
   * Whoever else does so meanwhile: the ledger lets one of them in, and for all it is the second claim that counts.
   */
  async #claim(account: string, number: number, { unacknowledged, next }: Send): Promise<Claim> {
    const claim = await this.#ledger.claim(account, number)
    if (next === undefined || claim.state === 'mine' || claim.state === 'handled') return claim
    await this.open(account, unacknowledged, next)
    return this.#ledger.claim(account, number)
  }

  async #reply(account: string, lane: Lane, message: SendMessage, sender: Sender): Promise<Reply> {
    if (message.type === WITHDRAWN) return { value: undefined }
    if (!lane.rate.take()) return tooMany
    return this.#handle(`${account}:${message.number}`, message, sender)
  }

  async #handle(key: string, { number, type, data }: SendMessage, sender: Sender): Promise<Reply> {
    const { handler } = this
    if (handler === undefined) return failure('no-handler', 'This server takes no messages.')
    try {
      return { value: await handler({ type, data, number, key }, sender) }
    } catch (error) {
      return this.#explain(error)
    }
  }

  #encode(number: number, reply: Reply): string {
    try {
      const json = encodeResult(number, reply)
      if (json.length <= this.#limits.replyBytes) return json
      this.#report(new RangeError(`A reply of ${json.length} bytes is larger than limits.replyBytes.`))
      return encodeResult(number, failure('too-large', 'The reply is too large.'))
    } catch (error) {
      this.#report(error)
      return encodeResult(number, failure('handler-error', 'The handler failed.'))
    }
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

function failure(code: string, message: string): Reply {
  return { error: { code, message } }
}

const tooMany = failure('too-many', 'Too many messages per second; this one was not handled.')
