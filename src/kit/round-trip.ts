import type { Env } from './env.js'

/**
 * What one round trip took when this page was loaded, in ms, from Navigation Timing (W3C): as long as the TCP handshake, or the
 * answer where that was sooner, for each is a round trip and something more. 0 where the page does not know (workers,
 * Node).
 */
export function roundTrip(env: Env): number {
  const timing = env.performance?.getEntriesByType?.('navigation')[0] as
    | Partial<
        Record<'connectStart' | 'connectEnd' | 'secureConnectionStart' | 'requestStart' | 'responseStart', number>
      >
    | undefined
  const { connectStart = 0, connectEnd = 0, secureConnectionStart, requestStart = 0, responseStart = 0 } = timing ?? {}
  const connect = (secureConnectionStart || connectEnd) - connectStart
  const answer = responseStart - requestStart
  // A connection that was there already took no time.
  return Math.min(connect || answer, answer || connect)
}
