import type { Env } from './env.js'

/**
 * What one round trip took when this page was loaded, in ms, from Navigation Timing (W3C): how long the TCP handshake
 * took, or else how long the answer did. Undefined where the page does not know (workers, Node).
 */
export function roundTrip(env: Env): number | undefined {
  const timing = env.performance?.getEntriesByType?.('navigation')[0] as
    | Partial<
        Record<'connectStart' | 'connectEnd' | 'secureConnectionStart' | 'requestStart' | 'responseStart', number>
      >
    | undefined
  if (!timing) return
  const { connectStart = 0, connectEnd = 0, secureConnectionStart, requestStart = 0, responseStart = 0 } = timing
  return (secureConnectionStart || connectEnd) - connectStart || responseStart - requestStart || undefined
}
