/**
 * Full jitter: anywhere between nothing and an exponentially growing ceiling, so that clients who lost a server at the
 * same moment come back spread out.
 *
 * @param failures how many attempts failed in a row, from 0
 * @param random in [0, 1)
 * @returns ms
 */
export function backoff(failures: number, minDelay: number, maxDelay: number, random: number): number {
  return random * Math.min(maxDelay, minDelay * 2 ** failures)
}
