import { createParser } from 'eventsource-parser'
import { MAX_DELAY, MIN_DELAY, RETRY_CEILING, RETRY_FLOOR } from '../constants.js'
import { HoldfastError, toHoldfastError } from '../errors.js'
import { backoff } from '../kit/backoff.js'
import { clamp } from '../kit/clamp.js'
import { platform } from '../kit/env.js'
import { watchPage } from '../kit/page.js'
import { sleep } from '../kit/sleep.js'
import { expectType, read, request } from '../transports/http.js'
import { ask, type Fetch } from './ask.js'
import { createTasks } from './tasks.js'

/** What browsers wait before they connect again, in ms, as long as the server does not say. */
const RECONNECTION_TIME = 3000

export interface StreamOptions {
  readonly credentials: RequestCredentials
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>)
  readonly method?: string
  readonly body?: BodyInit | null
  readonly fetch?: Fetch
}

/** Where a stream tells what happens, each time in a task of its own. */
export interface StreamSink {
  open(): void
  event(type: string, init: MessageEventInit): void
  /** It ended: for good, or it is taken up again. */
  end(error: HoldfastError | undefined, final: boolean): void
}

/** Asks for the stream, and again whenever it ends, until it is closed or fails. Returns a function that closes it. */
export function openStream(url: URL, options: StreamOptions, sink: StreamSink): () => void {
  const { credentials, method = 'GET', body } = options
  // A request that is not a GET may do something: it is never made twice.
  const once = !/^get$/i.test(method)
  const tasks = createTasks()
  let attempt = new AbortController()
  let closed = false
  let lastEventId = ''
  let reconnectionTime = RECONNECTION_TIME
  let failures = 0

  /** Resolves at the end of the body. */
  const connect = async (signal: AbortSignal) => {
    if (!/^(https?|blob|data):$/.test(url.protocol)) {
      throw new HoldfastError('not-supported', `There are no event streams at ${url.protocol} URLs.`)
    }
    let { origin } = url
    const parser = createParser({
      onId(id) {
        lastEventId = id
      },
      onEvent({ event = 'message', data }) {
        const init = { data, origin, lastEventId }
        tasks.add(() => signal.aborted || sink.event(event, init))
      },
      onRetry(delay) {
        reconnectionTime = clamp(delay, RETRY_FLOOR, RETRY_CEILING, reconnectionTime)
      },
    })
    const headers = await given(options.headers)
    // A header holds bytes: the standard sends UTF-8.
    if (lastEventId) headers['last-event-id'] = String.fromCharCode(...new TextEncoder().encode(lastEventId))
    const { fetch = platform.fetch } = options
    const task = {
      env: {
        fetch: once ? fetch : (url: string, init: RequestInit) => ask(fetch, url, init),
        Date: platform.Date,
        scheduler: platform.scheduler,
      },
      credentials,
      signal,
      // What an attempt that is over would still read must not move the place from which the next one goes on.
      data: (text: string) => signal.aborted || parser.feed(text),
    }
    const response = await request(task, { url: url.href, method, body, headers })
    expectType(response)
    // That of the last redirect. A response that somebody made has none.
    if (response.url) origin = new URL(response.url).origin
    failures = 0
    tasks.add(() => signal.aborted || sink.open())
    await read(task, response)
  }

  // Of a page that was frozen or cached, nothing that was open is of use.
  const again = () => attempt.abort()
  const unwatch = watchPage(platform, { hide() {}, show: again, thaw: again })
  const close = () => {
    closed = true
    attempt.abort()
    unwatch()
    tasks.close()
  }

  const run = async () => {
    while (!closed) {
      attempt = new AbortController()
      const { signal } = attempt
      failures++
      const error = await connect(signal).then(() => undefined, reason)
      // First all that it brought.
      await tasks.done()
      if (closed) return
      const final = once || (!signal.aborted && !!error && isFinal(error))
      if (final) close()
      sink.end(error, final)
      // The standard allows a longer wait where an attempt failed: many others will have failed as well.
      const extra = failures && backoff(failures - 1, MIN_DELAY, MAX_DELAY, platform.Math.random())
      await sleep(platform, reconnectionTime + extra, signal)
    }
  }
  run()
  return close
}

/** @throws {HoldfastError} `headers` */
async function given(headers: StreamOptions['headers']): Promise<Record<string, string>> {
  try {
    return {
      accept: 'text/event-stream',
      ...Object.fromEntries(new Headers(typeof headers === 'function' ? await headers() : headers)),
    }
  } catch (cause) {
    throw new HoldfastError('headers', `The headers function failed: ${cause}`, { cause })
  }
}

function reason(error: unknown): HoldfastError {
  const { cause } = toHoldfastError(error)
  return toHoldfastError(cause instanceof HoldfastError ? cause : error)
}

/** "Fail the connection", as the standard says, where to ask again would be futile. */
function isFinal({ code, cause }: HoldfastError): boolean {
  // The browser aborts what it is told to stop, `window.stop()` or its button.
  return (code !== 'network' && code !== 'headers') || (cause instanceof DOMException && cause.name === 'AbortError')
}
