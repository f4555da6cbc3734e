import * as core from './connect.js'
import type { ConnectOptions } from './options.js'
import { longPoll } from './transports/long-poll.js'
import { sse } from './transports/sse.js'
import { websocket } from './transports/websocket.js'
import type { Connection, EventMap, PlainConnection } from './types.js'

/**
 * {@link core.connect} over all three transports: WebSocket, then SSE, then long-polling, unless `transports` says
 * otherwise.
 *
 * @param url where the server is; relative, http(s) or ws(s)
 * @param options everything has a default; `protocol: plain()` for a server that knows nothing of Holdfast
 * @throws {TypeError} at once for a URL or option that cannot work, naming it
 */
export function connect<Events extends object = { message: string }>(
  url: string | URL,
  options: core.PlainConnectOptions<Events>,
): PlainConnection<Events>
export function connect<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
>(url: string | URL, options?: ConnectOptions<Events, Sends, Replies>): Connection<Events, Sends, Replies>
export function connect(url: string | URL, options?: ConnectOptions): Connection
export function connect(
  url: string | URL,
  { transports = [websocket(), sse(), longPoll()], ...options }: ConnectOptions = {},
): unknown {
  return core.connect(url, { ...options, transports })
}
