import { ErrorReply } from 'redis'
import type { RedisConnection } from './client.js'
import type { Outage } from './outage.js'
import { within } from './within.js'

/** ms from one attempt to come back to the next; they double up to the longest, or to half the patience. */
const FIRST = 50
const LONGEST = 2_000

/** Redis did not answer a command. */
export class NoAnswer extends Error {
  /** Whether the command may have reached it. */
  readonly sent: boolean

  constructor(sent: boolean, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.sent = sent
  }
}

export interface LinkOptions {
  make(): RedisConnection
  /** The longest time without an answer, in ms: then the connection is replaced. */
  patience: number
  outage: Outage
  /** What a new connection says first. */
  prepare?(connection: RedisConnection): Promise<unknown>
}

/** One connection to Redis, replaced by a new one whenever it breaks or does not answer. */
export class Link {
  readonly #options: LinkOptions
  #connection: RedisConnection | undefined
  #ready = false
  #closed = false
  #attempts = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #waiting = new Set<() => void>()

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#ready
  }

  get isClosed(): boolean {
    return this.#closed
  }

  start(): void {
    if (this.#connection === undefined && this.#timer === undefined && !this.#closed) this.#connect()
  }

  /** Resolves when there is a connection; rejects when there is none within so many ms, or the link is closed. */
  async ready(ms?: number): Promise<void> {
    if (!this.#ready && !this.#closed) {
      this.start()
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          this.#waiting.delete(done)
          resolve()
        }
        const timer = ms === undefined ? undefined : setTimeout(done, Math.max(0, ms))
        this.#waiting.add(done)
      })
    }
    if (!this.#ready) throw new NoAnswer(false, this.#options.outage.error ?? 'No connection.')
  }

  /**
   * Sends a command.
   * @param longer how long the command itself may take, in ms
   * @throws {NoAnswer} and replaces the connection, if there is no answer
   * @throws {ErrorReply} if that is the answer
   */
  async send(args: string[], longer = 0): Promise<unknown> {
    const connection = this.#connection
    if (connection === undefined || !this.#ready)
      throw new NoAnswer(false, this.#options.outage.error ?? 'No connection.')
    try {
      return await this.#bounded(connection.sendCommand(args), longer)
    } catch (error) {
      // A replica that was the master a moment ago: the name may lead elsewhere by now.
      const answered = error instanceof ErrorReply && !error.message.startsWith('READONLY')
      if (!answered) this.#lost(connection, error)
      throw error instanceof ErrorReply ? error : new NoAnswer(true, error)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#options.outage.end(this)
    const connection = this.#connection
    this.#connection = undefined
    this.#ready = false
    connection?.destroy()
    for (const done of [...this.#waiting]) done()
  }

  async #connect(): Promise<void> {
    const { make, prepare } = this.#options
    const connection = make()
    this.#connection = connection
    connection.on('error', (error) => this.#lost(connection, error))
    try {
      const connected = connection.connect()
      // One that was destroyed while it connected has a socket all the same, from then on.
      connected.then(() => this.#connection !== connection && connection.destroy()).catch(() => {})
      await this.#bounded(connected)
      await this.#bounded(Promise.resolve(prepare?.(connection)))
      // A Redis that is stopped accepts connections all the same.
      await this.#bounded(connection.sendCommand(['PING']))
    } catch (error) {
      this.#lost(connection, error)
    }
    if (this.#connection !== connection) return
    this.#ready = true
    this.#attempts = 0
    this.#options.outage.end(this)
    for (const done of [...this.#waiting]) done()
  }

  #lost(connection: RedisConnection, error: unknown): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.#ready = false
    this.#options.outage.begin(this, error)
    connection.destroy()
    // All processes lost it at the same moment.
    const longest = Math.min(LONGEST, this.#options.patience / 2)
    const delay = Math.min(longest, FIRST * 2 ** this.#attempts) * (0.5 + Math.random() / 2)
    this.#attempts += 1
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#connect()
    }, delay)
  }

  #bounded<Value>(promise: Promise<Value>, longer = 0): Promise<Value> {
    const ms = this.#options.patience + longer
    return within(promise, ms, () => new Error(`Redis did not answer within ${ms} ms`))
  }
}
