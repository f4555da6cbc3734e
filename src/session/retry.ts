import { MAX_DELAY, MIN_DELAY, RETRY_CEILING, RETRY_FLOOR } from '../constants.js'
import type { HoldfastError } from '../errors.js'
import { backoff } from '../kit/backoff.js'
import { clamp } from '../kit/clamp.js'
import type { Env } from '../kit/env.js'

/** How a lost connection is taken up again. */
export interface ReconnectPolicy {
  /** The ceiling of the first delay, in ms. Default 500. */
  readonly minDelay: number
  /** The ceiling of all delays, in ms. Default 30,000. */
  readonly maxDelay: number
  /** How many attempts in a row may fail before the connection is closed. Default: any number. */
  readonly maxAttempts: number
}

/** The one owner of backoff. */
export interface Retry {
  readonly maxAttempts: number
  /** `retry:` came off the stream, in ms. */
  base(delay: number): void
  /** The server's window for the first retry came with `ready`, in ms. */
  window(delay: number | undefined): void
  /**
   * @param attempt how many attempts were made since the connection was sound
   * @param carried whether the one that just ended had carried events
   * @returns ms until the next one
   */
  delay(attempt: number, carried: boolean, error: HoldfastError | undefined): number
}

export function createRetry(
  env: Env,
  { minDelay = MIN_DELAY, maxDelay = MAX_DELAY, maxAttempts = Number.POSITIVE_INFINITY }: Partial<ReconnectPolicy>,
): Retry {
  let base = minDelay
  let window: number | undefined

  return {
    maxAttempts,
    base(delay) {
      base = clamp(delay, RETRY_FLOOR, RETRY_CEILING, minDelay)
    },
    window(delay) {
      window = delay
    },
    delay(attempt, carried, error) {
      const first = carried && attempt < 2
      const random = env.Math.random()
      // Everybody lost the server at the same moment: come back within the window that it gave, then ever slower.
      const jittered = first
        ? random * clamp(window, 0, RETRY_CEILING, base)
        : backoff(Math.max(0, attempt - 1), base, Math.max(base, maxDelay), random)
      return clamp(error?.retryAfter, 0, RETRY_CEILING, 0) + Math.min(RETRY_CEILING, jittered)
    },
  }
}
