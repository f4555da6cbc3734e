import type { RedisClient } from './client.js'

/** Where Redis is, how much is kept there, and for how long. Numbers are whole, and greater than 0. */
export interface RedisHistoryOptions {
  /** Where Redis is: `redis://[user:password@]host:port/database`, `rediss://` for TLS, `unix:///path`. */
  url?: string
  /** Instead of `url`: a client of the package `redis`, of which the connections are made (`duplicate`). It is not used itself. */
  client?: RedisClient
  /** What the keys begin with: hubs with the same name on the same Redis share one history. Default `holdfast`. */
  name?: string
  /** Events that are kept, roughly: Redis frees them in blocks. Default 100,000. */
  maxLength?: number
  /** How long events are kept at most, in ms, roughly. Default: as long as `maxLength` lets them. */
  maxAge?: number
  /** How long to wait for a Redis that does not answer before something fails, in ms. Default 5,000. */
  timeout?: number
  /** What may wait for Redis in this process. Above either `publish` rejects at once, with code `unavailable`. */
  maxPending?: {
    /** Events. Default 10,000. */
    events?: number
    /** Bytes of their encoded text (UTF-16 code units, which for ASCII is the same). Default 16,777,216 (16 MiB). */
    bytes?: number
  }
  /** Clients whose sends are remembered. Default 100,000; those that were away for longest make room. */
  maxClients?: number
  /** Outcomes kept for one client. Default 256. */
  maxOutcomes?: number
  /** How long a client that is not connected is remembered, in ms. Default 10 minutes. */
  maxClientAge?: number
  /**
   * How long the message that a process handles is its own without a sign of life, in ms. Another process to which it is sent
   * again waits so long before it handles it. Default 5,000.
   */
  lease?: number
}

export interface RedisHistorySettings {
  readonly name: string
  readonly maxLength: number
  readonly maxAge: number | undefined
  readonly timeout: number
  readonly maxPending: { readonly events: number; readonly bytes: number }
  readonly maxClients: number
  readonly maxOutcomes: number
  readonly maxClientAge: number
  readonly lease: number
}

/** @throws {TypeError} for an option that cannot be */
export function readOptions(options: RedisHistoryOptions): RedisHistorySettings {
  const { url, client, name = 'holdfast', maxAge } = options
  if ((url === undefined) === (client === undefined))
    throw new TypeError('redisHistory: either url or client must be given.')
  if (url !== undefined && typeof url !== 'string') throw new TypeError('redisHistory: url must be a string.')
  if (client !== undefined && typeof client?.duplicate !== 'function')
    throw new TypeError('redisHistory: client must be a client of the package redis (createClient).')
  if (typeof name !== 'string' || !/^[^{}]+$/.test(name))
    throw new TypeError('redisHistory: name must be a text without { and }, not empty.')
  const numbers = {
    maxLength: options.maxLength ?? 100_000,
    timeout: options.timeout ?? 5_000,
    maxClients: options.maxClients ?? 100_000,
    maxOutcomes: options.maxOutcomes ?? 256,
    maxClientAge: options.maxClientAge ?? 600_000,
    lease: options.lease ?? 5_000,
  }
  const maxPending = { events: options.maxPending?.events ?? 10_000, bytes: options.maxPending?.bytes ?? 16_777_216 }
  const all = { ...numbers, maxAge, 'maxPending.events': maxPending.events, 'maxPending.bytes': maxPending.bytes }
  for (const [option, value] of Object.entries(all))
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw new TypeError(`redisHistory: ${option} must be a whole number greater than 0.`)
  return { name, maxAge, maxPending, ...numbers }
}
