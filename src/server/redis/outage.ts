import { HoldfastError } from '../../errors.js'

/** Says once that Redis is away, and not once for each attempt and each command. */
export class Outage {
  /** Whose connection is broken. */
  readonly #broken = new Set<object>()
  readonly #report: (error: unknown) => void
  #error: HoldfastError | undefined

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  /** What was reported of the outage that is; undefined where there is none. */
  get error(): HoldfastError | undefined {
    return this.#error
  }

  begin(who: object, cause: unknown): void {
    this.#broken.add(who)
    if (this.#error !== undefined) return
    const why = cause instanceof Error ? cause.message || cause.name : String(cause)
    this.#error = new HoldfastError(
      'unavailable',
      `Redis cannot be reached: ${why}. Until it is back nothing is published and no send is handled; ` +
        'clients stay connected. Look whether Redis runs and whether this process can reach it.',
      { cause },
    )
    this.#report(this.#error)
  }

  end(who: object): void {
    this.#broken.delete(who)
    if (this.#broken.size === 0) this.#error = undefined
  }
}
