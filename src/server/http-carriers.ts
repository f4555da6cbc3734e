import type { Carrier } from './carrier.js'
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

/** A finite response: after the first event there is a moment for what comes with it, and then it is enough. */
export class PollCarrier implements Carrier {
  readonly transport = 'long-poll'
  silent = 0
  readonly #writer: Writer
  readonly #enough: () => void
  #written = 0
  #scheduled = false

  constructor(writer: Writer, enough: () => void) {
    this.#writer = writer
    this.#enough = enough
  }

  /**
   * All that was ever written: what does not fit into one response is for the next. Greetings do not count: an answer that
   * brings nothing is never full, or the client would ask for the rest of it for ever.
   */
  get queued(): number {
    return this.#written
  }

  write(text: string): void {
    this.#written += text.length
    this.#writer.write(text)
    if (this.#scheduled) return
    this.#scheduled = true
    if (typeof setImmediate === 'function') setImmediate(this.#enough)
    else setTimeout(this.#enough, 0)
  }

  greet(text: string): void {
    this.#writer.write(text)
  }

  end(): void {
    this.#writer.end()
  }

  destroy(): void {
    this.#writer.destroy()
  }
}
