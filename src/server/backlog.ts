import type { Limits } from './limits.js'
import { Refusal } from './refusal.js'
import { WINDOW } from './send.js'

/**
 * What one WebSocket has said and is not dealt with yet: sends that are being handled, hellos, and what waits behind them.
 * Without it somebody who says much while a handler or `authorize` takes its time would be remembered without bound.
 */
export class Backlog {
  readonly #most: { readonly messages: number; readonly bytes: number }
  #messages = 0
  #bytes = 0

  constructor({ queuedSends, messageBytes }: Limits) {
    // Twice what a client may have on its way: after a hello it says all of it again.
    this.#most = { messages: queuedSends, bytes: 2 * WINDOW * messageBytes }
  }

  /**
   * @returns what to call when it is dealt with
   * @throws {Refusal} `too-many`
   */
  add(messages: number, bytes: number): () => void {
    if (this.#messages + messages > this.#most.messages || this.#bytes + bytes > this.#most.bytes)
      throw new Refusal('too-many', 'Too many messages wait to be handled.', { retryAfter: 1_000 })
    this.#messages += messages
    this.#bytes += bytes
    return () => {
      this.#messages -= messages
      this.#bytes -= bytes
    }
  }
}
