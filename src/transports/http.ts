import { PIECE } from '../constants.js'
import { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { Ask, Task, Uplink } from '../seams.js'

/** Who asks: a task, or what there is of one where there is no session. */
type Asker = Pick<Task, 'credentials' | 'signal'> & { readonly env: Pick<Env, 'fetch' | 'Date'> }
/** Who hears what a body says. */
type Reader = Pick<Task, 'signal'> & { readonly env: Pick<Env, 'scheduler'>; data(text: string): void }

/** What an HTTP status means, where it is not 200. docs/errors.md says what the page can do. */
const STATUS: Record<number, [code: string, message: string]> = {
  400: ['bad-request', 'the server does not understand the request'],
  204: ['stopped', 'there is no stream'],
  401: ['unauthorized', 'the server wants other credentials'],
  403: ['forbidden', 'the server does not allow this page or these credentials'],
  404: ['not-found', 'nothing is there: check the URL'],
  410: ['gone', 'the stream is gone for good'],
}

/** `Retry-After` (RFC 9110, section 10.2.3) in ms: seconds or a date. */
function retryAfter(response: Response, now: number): number | undefined {
  const value = response.headers.get('retry-after') ?? ''
  const delay = /^\d+$/.test(value) ? +value * 1000 : Date.parse(value) - now
  return delay >= 0 ? delay : undefined
}

/**
 * One request, answered with 200 and a body.
 * @throws {HoldfastError} `network`, `status` or one of {@link STATUS}
 */
export async function request(
  task: Asker,
  ask: Ask,
  headers?: Record<string, string>,
  init?: RequestInit,
): Promise<Response> {
  const url = ask.url.replace(/^ws/, 'http')
  // Neither a query nor a password may end up in a message.
  const { origin, pathname } = new URL(url)
  const where = origin + pathname
  let response: Response
  try {
    response = await task.env.fetch(url, {
      method: ask.method,
      body: ask.body,
      headers: { ...ask.headers, ...headers },
      credentials: task.credentials,
      // Identical GETs of several tabs would queue at the HTTP cache otherwise.
      cache: 'no-store',
      signal: task.signal,
      ...init,
    })
  } catch (cause) {
    throw new HoldfastError('network', `${where} could not be reached (offline, refused, or CORS).`, { cause })
  }
  const { status } = response
  if (status !== 200 && !(ask.pause !== undefined && (status === 204 || status === 304))) {
    response.body?.cancel().catch(() => {})
    const [code, message] = STATUS[status] ?? ['status', 'not what was expected']
    throw new HoldfastError(code, `${where} answered ${status}: ${message}.`, {
      status,
      retryAfter: retryAfter(response, task.env.Date.now()),
    })
  }
  return response
}

/** @throws {HoldfastError} `content-type` */
export function expectType(response: Response, types: RegExp = /^text\/event-stream\s*(;|$)/i): void {
  const type = response.headers.get('content-type') ?? ''
  if (types.test(type)) return
  response.body?.cancel().catch(() => {})
  throw new HoldfastError(
    'content-type',
    `${response.url.split('?', 1)[0]} answered with "${type}" instead of text/event-stream.`,
  )
}

/**
 * Reads a body as text, piece by piece, until it ends.
 * @throws {HoldfastError} `network` where it breaks
 */
export async function read({ signal, data, env }: Reader, { body }: Response): Promise<void> {
  // Not piped: where a DOM is simulated, its streams and signals are no more than look-alikes of those of the platform.
  const reader = body?.getReader()
  if (!reader) return
  // The one byte order mark that may stand there is the parser's to strip.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  // An abort must end the read even where the platform forgets to (mocks, pages that were frozen).
  const cancel = () => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', cancel)
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read()
      if (done) return
      // What has come already would else be read in one task, megabytes of it: the page wants to draw, and to hear its user.
      for (let start = 0; start < value.length; ) {
        data(decoder.decode(value.subarray(start, (start += PIECE)), { stream: true }))
        await env.scheduler?.yield?.()
      }
    }
  } catch (cause) {
    throw new HoldfastError('network', 'The connection was broken.', { cause })
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

/** The way up by POST: that of HTTP transports, and of every transport whose page goes away. */
export function uplink(task: Task, headers?: Record<string, string>): Uplink {
  return {
    async send(frame, leaving, signal = task.signal) {
      const response = await request(
        task,
        { ...task.post(), method: 'POST', body: frame },
        { ...headers, 'content-type': 'application/json' },
        leaving ? { keepalive: true, signal: null } : { signal },
      )
      task.answer(await response.text())
    },
  }
}
