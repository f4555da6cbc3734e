import { createClient } from 'redis'

/** What is used of a connection of the package `redis`. */
export interface RedisConnection {
  connect(): Promise<unknown>
  sendCommand(args: string[]): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<void>
  on(event: 'error', listener: (error: unknown) => void): unknown
  destroy(): void
}

/** A client of the package `redis`, as `createClient` gives it. It is a pattern for connections and is not used itself. */
export interface RedisClient {
  readonly options?: { readonly socket?: object }
  duplicate(overrides?: object): RedisConnection
}

/** Makes connections to one Redis, which are not open yet. */
export function connectionsOf(given: { url?: string; client?: RedisClient }, timeout: number): () => RedisConnection {
  const pattern: RedisClient = given.client ?? createClient({ url: given.url })
  return () =>
    pattern.duplicate({
      // What breaks is replaced by a new connection, at a time that we choose. Nothing waits in a queue that nobody bounds.
      socket: { ...pattern.options?.socket, reconnectStrategy: false, connectTimeout: timeout },
      disableOfflineQueue: true,
      // The replies of scripts are the same in both, those of XREAD are not.
      RESP: 2,
      clientSideCache: undefined,
      emitInvalidate: false,
      maintNotifications: 'disabled',
      pingInterval: undefined,
      keyPrefix: undefined,
      commandOptions: { timeout: undefined },
    })
}
