import { HoldfastError } from '../errors.js'
import { platform } from '../kit/env.js'

/** The slice of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/**
 * Asks, and tells what `fetch` does not: whether a request that failed was blocked by CORS, which is final, or the server is down.
 * @throws {HoldfastError} where it was blocked, else what `fetch` throws
 */
export async function ask(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (!(await isForeign(fetch, url, init))) throw cause
  }
  // It may have been down a moment ago.
  try {
    return await fetch(url, init)
  } catch {}
  const headers = new Headers(init.headers)
  if (headers.has('last-event-id')) {
    headers.delete('last-event-id')
    try {
      const response = await fetch(url, { ...init, headers })
      console.warn(
        'EventSource: the server does not allow the header Last-Event-ID (Access-Control-Allow-Headers). What it sent since the break may be lost.',
      )
      return response
    } catch {}
  }
  throw new HoldfastError('forbidden', 'The server answers, but does not let this page read it (CORS).')
}

/** Whether a foreign server answers, though nobody here may read what: a request without CORS succeeds even then. */
async function isForeign(fetch: Fetch, url: string, { credentials, signal }: RequestInit): Promise<boolean> {
  // Outside a browser there is no CORS.
  if (!platform.location || signal?.aborted) return false
  const probe = new AbortController()
  const stop = () => probe.abort()
  signal?.addEventListener('abort', stop)
  try {
    const { type } = await fetch(url, { mode: 'no-cors', cache: 'no-store', credentials, signal: probe.signal })
    return type === 'opaque'
  } catch {
    return false
  } finally {
    // Its body is an endless stream.
    stop()
    signal?.removeEventListener('abort', stop)
  }
}
