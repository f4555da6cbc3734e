import { HEADERS_TIMEOUT, RENEW_BEFORE } from '../constants.js'
import { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { HeadersContext } from '../types.js'

export type HeadersSource = HeadersInit | ((context: HeadersContext) => HeadersInit | Promise<HeadersInit>)

/** The headers of a session: asked for once in a round, once more after a refusal, and before they expire. */
export interface SessionHeaders {
  /** Those of this round; names in lower case, as they travel in a hello. */
  readonly current: Record<string, string>
  /** Asks the page for others, once for all transports: a token that rotates must not be used twice. */
  ask(done: () => void, failed: (error: HoldfastError) => void): void
  /** What the page gave is worth nothing after so many ms: asks for others before. 0: it does not expire. */
  expire(life: number, done: () => void, failed: (error: HoldfastError) => void): void
  /** The server let them in. */
  accepted(): void
  /** The server refused them. @returns whether asking again may help: where a function gives them, and not twice in a row */
  refused(): boolean
  /** They served for a while. */
  served(): void
  stop(): void
}

export function createHeaders(env: Env, source: HeadersSource | undefined): SessionHeaders {
  let current: Record<string, string> = {}
  let asking: AbortController | undefined
  let renewal: unknown
  let refused = false
  let inVain = false
  const isAsked = typeof source === 'function'

  /** @throws where it throws, gives nothing or no headers, or does not answer before the signal aborts */
  const given = async (signal: AbortSignal) => {
    if (typeof source !== 'function') return new Headers(source)
    const answer = await new Promise<HeadersInit>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error(`No answer within ${HEADERS_TIMEOUT} ms.`)))
      Promise.resolve({ signal, refused }).then(source).then(resolve, reject)
    })
    // Nothing at all is more likely a mistake than the wish for a request without credentials.
    if (!answer) throw new TypeError('it gave none')
    return new Headers(answer)
  }
  const ask: SessionHeaders['ask'] = (done, failed) => {
    if (!source) return done()
    const controller = new AbortController()
    asking = controller
    const timer = env.setTimeout(() => controller.abort(), HEADERS_TIMEOUT)
    /** Unless nobody waits for it any more. */
    const end = (tell: () => void) => {
      env.clearTimeout(timer)
      if (asking === controller) tell()
    }
    given(controller.signal).then(
      (headers) =>
        end(() => {
          current = Object.fromEntries(headers)
          done()
        }),
      (cause) =>
        end(() => {
          const why = cause instanceof Error ? cause.message : cause
          failed(new HoldfastError('headers', `The headers function failed: ${why}`, { cause }))
        }),
    )
  }

  return {
    get current() {
      return current
    },
    ask,
    expire(life, ...heard) {
      env.clearTimeout(renewal)
      if (life && isAsked) {
        renewal = env.setTimeout(() => ask(...heard), life - Math.min(RENEW_BEFORE, life / 2))
      }
    },
    accepted() {
      inVain = false
    },
    refused() {
      const again = !inVain && isAsked
      inVain = refused = true
      return again
    },
    served() {
      refused = false
    },
    stop() {
      env.clearTimeout(renewal)
      const controller = asking
      asking = undefined
      controller?.abort()
    },
  }
}
