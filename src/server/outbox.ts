import type { Answer } from './handling.js'
import type { History } from './history.js'
import type { Handled, Ledger } from './ledger.js'
import type { Publication } from './publishing.js'
import { encodeResult, failure } from './send.js'

/**
 * Stores what came of a message, and what its handler published: in one step where the history has a ledger of its own.
 * Else one after the other, so that nothing is told as published that is not.
 */
export class Outbox {
  readonly #history: History
  readonly #ledger: Ledger
  readonly #report: (error: unknown) => void

  constructor(history: History, ledger: Ledger, report: (error: unknown) => void) {
    this.#history = history
    this.#ledger = ledger
    this.#report = report
  }

  /** The outcome that counts. Rejects if it could not be stored. */
  async settle(
    account: string,
    number: number,
    { json, published }: Answer,
  ): Promise<Handled | { readonly state: 'unknown-client' }> {
    const items = published.filter(({ ephemeral }) => !ephemeral).map(({ item }) => item)
    const together = this.#history.ledger === this.#ledger
    const outcome = { number, json }
    try {
      if (!together) for (const item of items) await this.#history.append(item)
    } catch (error) {
      this.#report(error)
      outcome.json = encodeResult(number, failure('handler-error', 'The handler failed.'))
    }
    const settled = await this.#ledger.settle(account, outcome, together ? items : [])
    if (settled.state === 'handled') return settled
    if (settled.state === 'unknown-client') return { state: 'unknown-client' }
    for (const { item, ephemeral } of published) if (ephemeral) this.#announce(item)
    return { state: 'handled', outcome }
  }

  async #announce(item: Publication['item']): Promise<void> {
    try {
      await this.#history.announce(item)
    } catch (error) {
      this.#report(error)
    }
  }
}
