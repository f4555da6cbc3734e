/** What a timer takes at most; above it fires at once. */
const LONGEST = 2_147_483_647

/** A timer for a moment that may be far away, may move, and keeps no process alive. */
export class Deadline {
  readonly #passed: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(passed: () => void) {
    this.#passed = passed
  }

  /** @param moment ms since the epoch; Infinity for never */
  set(moment: number): void {
    this.clear()
    if (!Number.isFinite(moment)) return
    const left = Math.max(0, moment - Date.now())
    this.#timer = setTimeout(() => (left > LONGEST ? this.set(moment) : this.#passed()), Math.min(left, LONGEST))
    // Elsewhere than in Node a timer is a number.
    if (typeof this.#timer === 'object') this.#timer.unref?.()
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
