import { HoldfastError } from '../errors.js'
import type { Answer, Handling, Sender } from './handling.js'
import type { Claim, Ledger } from './ledger.js'
import type { Limits } from './limits.js'
import type { Outbox } from './outbox.js'
import { lostResult, outcomesBefore, resultsOf } from './outcomes.js'
import { Rate } from './rate.js'
import { Refusal } from './refusal.js'
import { encodeResult, failure, type Send, type SendMessage, WITHDRAWN } from './send.js'

/** Where the results of one batch of sends go. */
export interface SendSink {
  /** The messages are acceptable so far, and are being handled. */
  accepted(): void
  result(json: string): void
  /** There are no messages: the client only hears that it got through. */
  pong(epoch: string): void
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
  /** The ledger's that its numbers are of. */
  readonly epoch: string
  readonly sink: SendSink
  left: number
  failed: boolean
}

/** What a client is told that introduces itself. */
export interface Introduced {
  /** The ledger's. */
  readonly epoch: string
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

export interface SendsOptions {
  ledger: Ledger
  handling: Handling
  outbox: Outbox
  limits: Limits
  report(error: unknown): void
}

/**
 * Handles sends: for each client one at a time and in order, each once.
 *
 * What comes again, on another carrier, while it is still handled stands in line behind it, and finds its outcome.
 */
export class Sends {
  readonly #lanes = new Map<string, Lane>()
  readonly #ledger: Ledger
  readonly #handling: Handling
  readonly #outbox: Outbox
  readonly #limits: Limits
  readonly #report: (error: unknown) => void

  constructor({ ledger, handling, outbox, limits, report }: SendsOptions) {
    this.#ledger = ledger
    this.#handling = handling
    this.#outbox = outbox
    this.#limits = limits
    this.#report = report
  }

  /** The ledger's and the lanes' name of a client: a client id proves nothing without its principal. */
  static account(tag: string, client: string): string {
    return `${tag}:${client}`
  }

  /**
   * A hello, or a send of a client that is not known: takes it in, if it is not, with what it said of itself.
   * @throws {Refusal} `unavailable` if the ledger has lost everything meanwhile
   */
  async open(
    account: string,
    unacknowledged: number,
    next: number,
    epoch: string = this.#ledger.epoch,
  ): Promise<Introduced> {
    const before = outcomesBefore(next, unacknowledged)
    const opened = await this.#ledger.open(account, unacknowledged, next, before, epoch)
    if (opened === 'forgotten') throw new Refusal('unavailable', 'The server has lost what it knew of all clients.')
    return { epoch, handled: opened.handled, results: resultsOf(opened, unacknowledged) }
  }

  submit(tag: string, sender: Sender, send: Send, sink: SendSink): void {
    const account = Sends.account(tag, send.client)
    if (send.messages.length === 0) return void this.#greet(account, send, sink)
    let lane = this.#lanes.get(account)
    if (lane === undefined) {
      // The timer that sweeps runs only while somebody is connected.
      if (this.#lanes.size % 1_024 === 1_023) this.sweep()
      lane = { tag, queue: [], rate: new Rate(this.#limits.sendsPerSecond), running: false }
      this.#lanes.set(account, lane)
    }
    if (lane.queue.length + send.messages.length > this.#limits.queuedSends) {
      sink.fail(new Refusal('too-many', 'Too many messages wait to be handled.', { retryAfter: 1_000 }))
      return
    }
    const batch = { send, sink, epoch: send.epoch ?? this.#ledger.epoch, left: send.messages.length, failed: false }
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
      const { epoch } = this.#ledger
      if (next !== undefined) await this.open(account, unacknowledged, next, epoch)
      sink.pong(epoch)
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
    const refusal = error instanceof Refusal ? error : new Refusal('unavailable', what)
    // A hub that is closed has nothing to complain of.
    const closed = error instanceof HoldfastError && error.code === 'closed'
    if (refusal !== error && !closed) this.#report(error)
    sink.fail(refusal)
  }

  /** The result of one message, as JSON. */
  async #take(account: string, lane: Lane, { message, sender, batch }: Task): Promise<string> {
    const { number } = message
    const claim = await this.#claim(account, number, batch)
    // Whoever has had all outcomes before this one was known to somebody who knew more.
    const isForgotten = claim.state === 'out-of-order' && number <= batch.send.unacknowledged
    if (claim.state === 'unknown-client' || isForgotten)
      throw new Refusal('unknown-client', 'This server does not know this client.')
    if (claim.state === 'out-of-order') throw new Refusal('bad-request', `Message ${number} is not the next one.`)
    batch.sink.accepted()
    if (claim.state === 'handled') return claim.outcome?.json ?? lostResult(number)
    return this.#settle(account, number, await this.#reply(account, lane, message, sender))
  }

  /** Stores what came of it. What cannot be stored is not told: the client sends it again. */
  async #settle(account: string, number: number, answer: Answer): Promise<string> {
    const settled = await this.#outbox.settle(account, number, answer)
    if (settled.state === 'unknown-client')
      throw new Refusal('unknown-client', 'This server does not know this client.')
    return settled.outcome?.json ?? lostResult(number)
  }

  /**
   * A send that says `next` introduces a client that the ledger does not know, or of which it knows less than the client.
   * Whoever else does so meanwhile: the ledger lets one of them in, and for all it is the second claim that counts. Where the
   * ledger forgot the client in the middle of a frame, what stands before this message in it is done.
   */
  async #claim(account: string, number: number, { send, epoch }: Batch): Promise<Claim> {
    const { unacknowledged, next } = send
    // What another epoch may have handled is nothing to handle here, whoever has introduced the client meanwhile.
    if (epoch !== this.#ledger.epoch) return { state: 'unknown-client' }
    const claim = await this.#ledger.claim(account, number, epoch)
    if (next === undefined || claim.state === 'mine' || claim.state === 'handled') return claim
    await this.open(account, unacknowledged, Math.max(next, number), epoch)
    return this.#ledger.claim(account, number, epoch)
  }

  async #reply(account: string, lane: Lane, message: SendMessage, sender: Sender): Promise<Answer> {
    const { number, type } = message
    if (type === WITHDRAWN) return { json: encodeResult(number, { value: undefined }), published: [] }
    if (!lane.rate.take()) return { json: encodeResult(number, tooMany), published: [] }
    return this.#handling.handle(`${account}:${number}`, message, sender)
  }
}

const tooMany = failure('too-many', 'Too many messages per second; this one was not handled.')
