import type { Task, Transport } from '../seams.js'
import { expectType, read, request, uplink } from './http.js'

/** What an HTTP transport can be told. */
export interface HttpOptions {
  /** An own URL, in place of that of the connection: http, https, ws, wss or relative to it. */
  url?: string | URL
  /** Default `GET`. Any other is never raced, and never repeated unless `reconnect` is given. */
  method?: string
  /** The body of each request, as fetch has it; not with `GET`. Default: none. */
  body?: BodyInit
  /** Headers of this transport alone, beside those of the connection. */
  headers?: Record<string, string>
}

/** Server-sent events by fetch: an endless `text/event-stream` (WHATWG HTML, section 9.2), with headers. Sends travel by POST. */
export function sse({ url, method, body, headers }: HttpOptions = {}): Transport {
  return {
    name: 'sse',
    framing: 'stream',
    url,
    once: !!method && method !== 'GET',
    async run(task: Task) {
      const response = await request(task, { ...task.ask(), method, body }, headers)
      expectType(response)
      task.opened(uplink(task, headers))
      await read(task, response)
    },
  }
}
