import { MAX_DELAY, MIN_DELAY, RETRY_CEILING, RETRY_FLOOR } from '../constants.js'
import type { HoldfastError } from '../errors.js'
import { clamp } from '../kit/clamp.js'
import type { Env } from '../kit/env.js'

/** How a lost connection is taken up again. */
export interface ReconnectPolicy {
  /** The ceiling of the first delay, in ms, where the server says no other. Default 500. */
  readonly minDelay: number
  /** The ceiling of all delays, in ms, unless the server asks for a longer one. Default 30,000. */
  readonly maxDelay: number
  /** How many attempts in a row may fail before the connection is closed. Default: any number. */
  readonly maxAttempts: number
}

/** More attempts than there is time for. */
const UNLIMITED = 1e12

/** The one owner of backoff. */
export interface Retry {
  readonly maxAttempts: number
  /** The server said over how many ms its clients are to spread, in `ready` or by `retry:`. Undefined: what it said before. */
  window(spread: number | undefined): void
  /**
   * @param attempt how many attempts were made since the connection was sound
   * @param carried whether the one that just ended had carried events
   * @returns ms until the next one
   */
  delay(attempt: number, carried: boolean, error: HoldfastError | undefined): number
}

export function createRetry(
  env: Env,
  { minDelay = MIN_DELAY, maxDelay = Math.max(minDelay, MAX_DELAY), maxAttempts = UNLIMITED }: Partial<ReconnectPolicy>,
): Retry {
  let window = minDelay

  return {
    maxAttempts,
    window(spread) {
      window = clamp(spread, RETRY_FLOOR, RETRY_CEILING, window)
    },
    delay(attempt, carried, error) {
      // Everybody lost the server at the same moment: come back within the window that it gave, then ever slower. Who
      // finds it away is one of as many, so no later ceiling is below the window (docs/decisions/0006-herd.md).
      const ceiling =
        attempt < 2 && carried ? window : Math.max(Math.min(minDelay * 2 ** ((attempt || 1) - 1), maxDelay), window)
      return clamp(error?.retryAfter, 0, RETRY_CEILING, 0) + Math.min(RETRY_CEILING, ceiling * env.Math.random())
    },
  }
}
