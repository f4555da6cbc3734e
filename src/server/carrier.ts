import type { Refusal } from './refusal.js'

/** The three ways of a hub to its clients (PROTOCOL.md, "Transports"). */
export type TransportName = 'websocket' | 'sse' | 'long-poll'

/** What brings the server's text to one client: a WebSocket, an endless response, a finite one. */
export interface Carrier {
  readonly transport: TransportName
  /** Bytes written that have not left yet. */
  readonly queued: number
  /** Heartbeat ticks since something was written; `write` sets it to 0. */
  silent: number
  /** One or more whole blocks. */
  write(text: string): void
  /** As `write`, for what opens a stream: by itself no reason to end a long-poll. */
  greet(text: string): void
  /** The last: after a refusal, a restart (`close`), or, for a long-poll, enough. */
  end(why: Refusal | 'close' | 'done'): void
  /** Cuts the line without a word. */
  destroy(): void
  /** Once per heartbeat: looks whether the other side is still there, where the transport can. False if it is not. */
  probe?(): boolean
  /** Something has come from the other side. */
  heard?(): void
  /** All that there is was written. */
  caughtUp?(): void
}

/** What a carrier tells its connection. Calls may come at any time after the carrier was made, `closed` once. */
export interface CarrierEvents {
  /** What was queued has left. */
  drained(): void
  closed(): void
}

/** To whom a stream goes. */
export interface Recipient {
  readonly carrier: Carrier
  /** The stream cannot go on: a read of the history failed, or a write. */
  broken(error: unknown): void
}
