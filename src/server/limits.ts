/**
 * Every bound of a hub. Nothing that a client does makes the server hold more than what stands here.
 * Durations in ms, sizes in bytes (of text: UTF-16 code units, which for ASCII is the same).
 */
export interface Limits {
  /** One message from a client: a WebSocket message, or the body of a POST. Told to clients as `limit`. */
  messageBytes: number
  /** Messages that a client may have handled per second, with as much in one burst. Above it they are answered with `too-many`. */
  sendsPerSecond: number
  /** Messages of one client that wait to be handled. Above it the carrier is closed with `too-many`. */
  queuedSends: number
  /** Hellos and pings per second on one WebSocket, with as much in one burst. Above it the carrier is closed with `too-many`. */
  controlsPerSecond: number
  /** Bytes written to a client that have not left yet. Above it the client is slow: it goes on from the history once they left. */
  queuedBytes: number
  /** How long a slow client may take nothing at all before its carrier is cut. */
  stalled: number
  /** Open carriers, of all clients. Above it: `unavailable`. */
  connections: number
  /** Open carriers of one principal, where there is an `authorize`. Above it: `too-many`. */
  connectionsPerPrincipal: number
  /** How long a WebSocket may stay without the hello that it announced. */
  helloTimeout: number
  /** How long `authorize` may take. Above it: `unavailable`. */
  authorizeTimeout: number
  /** Topics in one hello. */
  topics: number
  /** Length of one topic that a client asks for. No topic has more than 256 characters. */
  topicLength: number
  /** Headers in one hello message. */
  headers: number
  /** Names and values of all headers in one hello message together. */
  headerBytes: number
  /** The longest wait of a long-poll; a client that asks for more gets this. */
  wait: number
  /** One event. `publish` throws a RangeError above it. */
  eventBytes: number
  /** What one handler's reply may be. Above it the send is rejected with `too-large`. */
  replyBytes: number
  /** How long after a long-poll what is ephemeral is kept for the next poll of the same client. */
  parked: number
  /** Clients between two long-polls for whom something ephemeral may be kept. */
  parkedClients: number
  /**
   * Newest events that the process holds for clients that fell behind a little, where the history is not in its memory; and, counted
   * for themselves, newest ephemeral ones.
   */
  recentEvents: number
  /** The same, in bytes. */
  recentBytes: number
  /** New connections per second that a restart may cause: sizes `ready.reconnect`. */
  reconnectsPerSecond: number
}

/** The one table of defaults. docs/server.md repeats it. */
export const defaultLimits: Readonly<Limits> = {
  messageBytes: 65_536,
  sendsPerSecond: 100,
  queuedSends: 1_000,
  controlsPerSecond: 50,
  queuedBytes: 1_048_576,
  stalled: 60_000,
  connections: 100_000,
  connectionsPerPrincipal: 100,
  helloTimeout: 10_000,
  authorizeTimeout: 10_000,
  topics: 100,
  topicLength: 256,
  headers: 32,
  headerBytes: 8_192,
  wait: 55_000,
  eventBytes: 1_048_576,
  replyBytes: 1_048_576,
  parked: 10_000,
  parkedClients: 100_000,
  recentEvents: 4_096,
  recentBytes: 8_388_608,
  reconnectsPerSecond: 1_000,
}

/**
 * The defaults with what the application sets.
 * @throws {TypeError} for a name that is none, or a value that is no positive number
 */
export function readLimits(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in defaultLimits)) throw new TypeError(`limits.${name} is no limit of a hub.`)
    if (value !== undefined && !(typeof value === 'number' && value > 0))
      throw new TypeError(`limits.${name} must be a number greater than 0, not ${String(value)}.`)
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...defaultLimits, ...set }
}
