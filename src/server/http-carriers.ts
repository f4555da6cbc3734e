import type { Carrier, CarrierEvents } from './carrier.js'
import type { Writer } from './exchange.js'

/** An endless response. */
export class StreamCarrier implements Carrier {
  readonly transport = 'sse'
  silent = 0
  readonly #writer: Writer

  constructor(writer: Writer) {
    this.#writer = writer
  }

  get queued(): number {
    return this.#writer.queued
  }

  write(text: string): void {
    this.silent = 0
    this.#writer.write(text)
  }

  greet(text: string): void {
    this.write(text)
  }

  end(): void {
    this.#writer.end()
  }

  destroy(): void {
    this.#writer.destroy()
  }
}

/** The connection of a long-poll. */
export interface Polled extends CarrierEvents {
  /** Whether there is more than was written. */
  readonly behind: boolean
  /** Says the last word, and ends the carrier. */
  finish(): void
}

/** How long an answer that has brought something goes on, in ms: whoever holds it back until it is whole holds no more than that. */
const LONGEST = 1_000

/**
 * A finite response: after the first event there is a moment for what comes with it, and then it is enough. Where there is more
 * than the client can take at once the answer goes on as it does so: else each piece would cost a request.
 */
export class PollCarrier implements Carrier, CarrierEvents {
  readonly transport = 'long-poll'
  silent = 0
  readonly #polled: Polled
  readonly #writer: Writer
  #written = false
  #scheduled = false
  #closing = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param wait how long there may be nothing to say, in ms; without end where that is 0, and `settle` ends it */
  constructor(polled: Polled, wait: number, stream: (events: CarrierEvents) => Writer) {
    this.#polled = polled
    this.#writer = stream(this)
    if (wait > 0) this.#finishAfter(wait)
  }

  /** Greetings do not count: an answer that brings nothing is never full, or the client would ask for the rest of it for ever. */
  get queued(): number {
    return this.#written ? this.#writer.queued : 0
  }

  write(text: string): void {
    this.#written = true
    this.#writer.write(text)
    this.caughtUp()
  }

  greet(text: string): void {
    this.#writer.write(text)
  }

  caughtUp(): void {
    if (!this.#written || this.#scheduled) return
    this.#scheduled = true
    const settle = () => {
      this.#scheduled = false
      this.settle()
    }
    if (typeof setImmediate === 'function') setImmediate(settle)
    else setTimeout(settle, 0)
  }

  /** Ends the answer if all is written, or else soon. */
  settle(): void {
    if (!this.#polled.behind) this.#polled.finish()
    else if (!this.#closing) {
      this.#closing = true
      this.#finishAfter(LONGEST)
    }
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#writer.end()
  }

  destroy(): void {
    this.#writer.destroy()
  }

  drained(): void {
    this.#polled.drained()
  }

  closed(): void {
    clearTimeout(this.#timer)
    this.#polled.closed()
  }

  #finishAfter(wait: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#polled.finish(), wait)
  }
}
