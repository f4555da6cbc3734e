import type { Limits } from './limits.js'

/**
 * Where clients stood in the feed when their long-poll ended, for a while: what is ephemeral and came since is given to
 * their next poll. Nothing is kept for them but that number; the feed has its newest entries anyhow.
 */
export class Parking {
  readonly #limits: Limits
  readonly #places = new Map<string, { sequence: number; until: number }>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  leave(account: string, sequence: number): void {
    this.#places.delete(account)
    this.#places.set(account, { sequence, until: Date.now() + this.#limits.parked })
    this.sweep()
  }

  /** The sequence number where the client left, if that was not too long ago. */
  take(account: string): number | undefined {
    const place = this.#places.get(account)
    this.#places.delete(account)
    return place !== undefined && place.until >= Date.now() ? place.sequence : undefined
  }

  /** The places are in the order in which they were left. */
  sweep(): void {
    const now = Date.now()
    for (const [account, { until }] of this.#places) {
      if (until >= now && this.#places.size <= this.#limits.parkedClients) return
      this.#places.delete(account)
    }
  }
}
