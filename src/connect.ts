import { createConnection } from './connection.js'
import { type ConnectOptions, normalize } from './options.js'
import { native } from './protocols/native.js'
import type { Protocol } from './seams.js'
import { createSession } from './session/session.js'
import type { Connection, EventMap, PlainConnection } from './types.js'

/** Options of a connection to a server that knows nothing of Holdfast. */
export type PlainConnectOptions<Events extends object = EventMap> = ConnectOptions<Events> & {
  protocol: Protocol & { readonly native: false }
}

/**
 * Keeps one live event stream to the server at `url`, over the first of the transports that gets through.
 *
 * @param url where the server is; relative, http(s) or ws(s)
 * @param options `transports` must be among them; everything else has a default
 * @throws {TypeError} at once for a URL or option that cannot work, naming it
 */
export function connect<Events extends object = { message: string }>(
  url: string | URL,
  options: PlainConnectOptions<Events>,
): PlainConnection<Events>
export function connect<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
>(url: string | URL, options: ConnectOptions<Events, Sends, Replies>): Connection<Events, Sends, Replies>
export function connect(url: string | URL, options: ConnectOptions): Connection
export function connect(url: string | URL, given: ConnectOptions): unknown {
  const options = normalize(url, given)
  const { protocol = native } = options
  const sessionOptions = { ...options, protocol }
  return createConnection(options, protocol, (sink) =>
    options.share
      ? options.share(
          sessionOptions,
          (shared, transports) => createSession({ ...sessionOptions, transports }, shared),
          sink,
        )
      : createSession(sessionOptions, sink),
  )
}
