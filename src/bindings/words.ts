import type { BaseConnection, ConnectionState } from '../types.js'

// The words that the bindings share.

/** What a connection, or an object around one, must have to be made and let go for a component. */
export interface Closable {
  close(): void
}

/** What tells one connection of a component from its next. */
export type Key = string | number

/** What a connection tells of its state. */
export type Stateful = Pick<BaseConnection<object>, 'state' | 'onStateChange'>

/** The state where there is no connection (yet): on a server, before the component is mounted, without a URL. */
export const dormant: ConnectionState = {
  status: 'connecting',
  transport: undefined,
  attempt: 0,
  lastEventId: undefined,
  error: undefined,
  reason: undefined,
  role: undefined,
}
