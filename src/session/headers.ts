import { HEADERS_TIMEOUT } from '../constants.js'
import { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { HeadersContext } from '../types.js'

export type HeadersSource = HeadersInit | ((context: HeadersContext) => HeadersInit | Promise<HeadersInit>)

/** Names in lower case, as they travel in a hello. @throws {TypeError} for a name or value that no header can have */
export function plainHeaders(headers?: HeadersInit): Record<string, string> {
  return Object.fromEntries(new Headers(headers))
}

/**
 * Asks the page for the headers of a round: once, for all transports, since a token that rotates must not be used twice.
 * @throws {HoldfastError} `headers` where it throws, gives no object, or does not answer in time
 */
export async function askHeaders(
  env: Env,
  source: HeadersSource | undefined,
  signal: AbortSignal,
  refused: boolean,
): Promise<Record<string, string>> {
  if (typeof source !== 'function') return plainHeaders(source)
  const controller = new AbortController()
  let abort = () => {}
  const stopped = new Promise<never>((_, reject) => {
    abort = () => {
      controller.abort()
      reject(new Error(`No answer within ${HEADERS_TIMEOUT} ms.`))
    }
  })
  signal.addEventListener('abort', abort)
  const timer = env.setTimeout(abort, HEADERS_TIMEOUT)
  try {
    const given = await Promise.race([source({ signal: controller.signal, refused }), stopped])
    // Nothing at all is more likely a mistake than the wish for a request without credentials.
    if (!given) throw new TypeError('it gave none')
    return plainHeaders(given)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause
    throw new HoldfastError('headers', `The headers function failed: ${why}`, { cause })
  } finally {
    env.clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
