/** A token bucket: so many per second, and as many in one burst. */
export class Rate {
  readonly #perSecond: number
  #tokens: number
  #at: number = Date.now()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
  }

  /** Whether one more is within the rate. */
  take(): boolean {
    this.#refill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Whether nothing is remembered: a new one would be the same. */
  get full(): boolean {
    this.#refill()
    return this.#tokens >= this.#perSecond
  }

  #refill(): void {
    const now = Date.now()
    // A clock that was set back must not take tokens away.
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (Math.max(0, now - this.#at) * this.#perSecond) / 1_000)
    this.#at = now
  }
}
