import { type Authorization, type RequestFacts, toldOf } from './authorization.js'
import { controlBlock, errorBlock, paddingBlock, resultBlock } from './blocks.js'
import type { Carrier, CarrierEvents } from './carrier.js'
import { CarrierWatch } from './carrier-watch.js'
import type { Ticking } from './connections.js'
import type { Core } from './core.js'
import { Deadline } from './deadline.js'
import type { Hello } from './hello.js'
import { Refusal, unavailable } from './refusal.js'
import { type Introduced, Sends } from './sends.js'
import { Subscriber } from './subscriber.js'

/**
 * One carrier and what is said on it: `open`, then for each hello a `ready` and its stream.
 *
 * Hellos are dealt with one after the other, each to its `ready`; a later one ends the stream of the one before.
 */
export class Connection implements CarrierEvents, Ticking {
  readonly carrier: Carrier
  /** From the latest hello that was accepted. */
  authorization: Authorization | undefined
  client: string | undefined

  readonly #core: Core
  readonly #facts: RequestFacts
  readonly #watch: CarrierWatch
  #subscriber: Subscriber | undefined
  #hellos: Promise<void> | undefined
  /** Hellos that have no `ready` yet. */
  #pending = 0
  #lastHello = 0
  /** Results that would be discarded if they came before the `ready` that is due. */
  #held: string[] | undefined
  #ended = false
  /** Ends the connection when its authorization does, unless another hello renews it. */
  #expiry: Deadline | undefined

  constructor(core: Core, facts: RequestFacts, carry: (connection: Connection) => Carrier) {
    this.#core = core
    this.#facts = facts
    this.carrier = carry(this)
    this.#watch = new CarrierWatch(this.carrier, core)
    core.connections.add(this)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Whether a hello is being dealt with, so that what comes after it must wait. */
  get pending(): number {
    return this.#pending
  }

  /** Whether there is more than was written, for who may stay. */
  get behind(): boolean {
    const state = this.#core.state === 'open' && this.#subscriber?.state
    return state === 'joining' || state === 'slow'
  }

  /** Resolves when all hellos so far have their `ready`. */
  get settled(): Promise<void> {
    return this.#hellos ?? Promise.resolve()
  }

  open(): void {
    const { heartbeat, limits } = this.#core
    const open = controlBlock('open', { version: 1, level: 3, heartbeat, limit: limits.messageBytes })
    this.carrier.greet(this.carrier.transport === 'sse' ? paddingBlock + open : open)
  }

  /**
   * Deals with a hello. Resolves, and never rejects, when what the history holds for it was written; what is wrong with it
   * ends the connection.
   * @param admitted where the endpoint asked for it, to refuse with an HTTP status
   */
  hello(hello: Hello, admitted?: Authorization): Promise<void> {
    if (this.#refuseHello(hello)) return Promise.resolve()
    this.#lastHello = hello.number
    this.#pending += 1
    return new Promise((resolve) => {
      const settled = this.settled.then(async () => {
        try {
          const { ready, joined } = await this.#begin(hello, admitted)
          joined.catch((error) => this.broken(error)).finally(resolve)
          await ready
        } catch (error) {
          this.broken(error)
          resolve()
        }
        if (this.#hellos === settled) this.#hellos = undefined
      })
      this.#hellos = settled
    })
  }

  #refuseHello({ number, client }: Hello): boolean {
    let why: string | undefined
    if (number <= this.#lastHello) why = `hello ${number} comes after hello ${this.#lastHello}`
    if (this.client !== undefined && client !== undefined && client !== this.client)
      why = 'another client was named before'
    if (why !== undefined) this.fail(new Refusal('bad-request', `The hello is not accepted: ${why}.`))
    else if (client !== undefined) this.client = client
    return why !== undefined || this.#ended
  }

  async #begin(
    hello: Hello,
    admitted: Authorization | undefined,
  ): Promise<{ ready: Promise<void>; joined: Promise<void> }> {
    const { authorizer, sends, started, parking } = this.#core
    const nothing = { ready: Promise.resolve(), joined: Promise.resolve() }
    if (this.#core.state !== 'open' && this.authorization === undefined) throw unavailable()
    const authorization = admitted ?? (this.#ended ? undefined : await authorizer.admit(this.#facts, hello))
    await started
    if (this.#ended || authorization === undefined) return nothing
    this.#enter(authorization)
    const account = this.account
    const { client, unacknowledged, next } = hello
    const opened = client && account ? await sends.open(account, unacknowledged, next) : undefined
    if (this.#ended) return nothing
    const parked = account && this.carrier.transport === 'long-poll' ? parking.take(account) : undefined
    const subscriber = new Subscriber(this.#core, this, authorization, parked)
    this.#subscriber?.stop()
    this.#subscriber = subscriber
    let joined: Promise<void> = Promise.resolve()
    const ready = new Promise<void>((resolve, reject) => {
      joined = subscriber.join(hello.cursor, (position, gap) => {
        this.#ready(hello, authorization, position, gap, opened)
        resolve()
      })
      joined.then(resolve, reject)
    })
    return { ready, joined }
  }

  #ready(
    hello: Hello,
    authorization: Authorization,
    position: string,
    gap: boolean,
    introduced: Introduced | undefined,
  ): void {
    const reconnect = this.#core.connections.reconnectWindow
    const { handled, epoch, results = [] } = introduced ?? {}
    const data = { hello: hello.number, gap, handled, epoch, reconnect, ...toldOf(authorization) }
    this.carrier.greet(controlBlock('ready', data, position))
    this.#pending -= 1
    const told = this.#pending > 0 ? results : [...results, ...(this.#held?.splice(0) ?? [])]
    if (told.length > 0) this.carrier.write(told.map(resultBlock).join(''))
  }

  #enter(authorization: Authorization): void {
    const { connections, authorizer } = this.#core
    if (authorizer.asks) connections.enter(authorization.principal, this.authorization?.principal)
    this.authorization = authorization
    if (this.#expiry === undefined && !Number.isFinite(authorization.expires)) return
    this.#expiry ??= new Deadline(() => this.fail(new Refusal('expired', 'This authorization has expired.')))
    this.#expiry.set(authorization.expires)
  }

  /** The client's name in the ledger. */
  get account(): string | undefined {
    const { authorization, client } = this
    return authorization && client ? Sends.account(authorization.tag, client) : undefined
  }

  /** A result, on the carrier that brought the send. */
  result(json: string): void {
    if (this.#ended) return
    if (this.#pending > 0) (this.#held ??= []).push(json)
    else this.say(resultBlock(json))
  }

  /** What answers the client. One that asks and never reads is cut off. */
  say(text: string): void {
    if (this.#ended) return
    this.carrier.write(text)
    if (this.carrier.queued > 2 * this.#core.limits.queuedBytes + this.#core.limits.replyBytes) this.carrier.destroy()
  }

  /** The last word of a long-poll: the position, if the answer reaches it. */
  finish(): void {
    this.#afterReady(() => {
      this.#core.feed.flush()
      this.#subscriber?.conclude()
      this.#end('done')
    })
  }

  fail(refusal: Refusal): void {
    if (this.#ended) return
    this.carrier.greet(errorBlock(refusal))
    this.#end(refusal)
  }

  drain(window: number): void {
    this.#afterReady(() => this.carrier.write(controlBlock('drain', { window })))
  }

  /** What is said before the `ready` that is due is not heard. */
  #afterReady(say: () => void): void {
    if (this.#ended) return
    if (this.#pending > 0) this.settled.then(() => this.#afterReady(say))
    else say()
  }

  close(): void {
    if (!this.#ended) this.#end('close')
  }

  drained(): void {
    this.#subscriber?.drained()
  }

  closed(): void {
    this.#leave()
    this.#core.connections.remove(this)
  }

  tick(): void {
    if (!this.#ended && this.carrier.transport !== 'long-poll') this.#watch.tick(this.#subscriber)
  }

  /** The stream cannot go on: a read of the history failed, or a write. */
  broken(error: unknown): void {
    const expected = error instanceof Refusal
    if (!expected) this.#core.report(error)
    this.fail(expected ? error : new Refusal('unavailable', 'The history cannot be read.', { retryAfter: 1_000 }))
  }

  #end(why: Refusal | 'close' | 'done'): void {
    this.#leave()
    this.carrier.end(why)
  }

  #leave(): void {
    if (this.#ended) return
    this.#ended = true
    this.#core.connections.ended()
    this.#expiry?.clear()
    const { account } = this
    if (account && this.#subscriber && this.carrier.transport === 'long-poll')
      this.#core.parking.leave(account, this.#subscriber.heard)
    this.#subscriber?.stop()
    if (this.#core.authorizer.asks && this.authorization) this.#core.connections.leave(this.authorization.principal)
  }
}
