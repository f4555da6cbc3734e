import type { Item, Sent } from '../record.js'

// What a page and the runner's desk say to each other.

export interface PageSettings {
  /** Where the page reports to, and takes its orders from. */
  readonly desk: string
  readonly tab: string
  /** The URL of the stream. */
  readonly live: string
  readonly transports: readonly TransportName[]
  readonly topics: readonly string[]
  readonly shared: boolean
  readonly guarded: boolean
  /** Default: the client's own. */
  readonly reconnect?: { minDelay: number; maxDelay: number }
  /** How long a long-poll asks the server to wait, in ms. Default: the client's own. */
  readonly wait?: number
  /** ms between two messages. */
  readonly sendEvery: number
}

export type TransportName = 'websocket' | 'sse' | 'long-poll'

/** What is new since the report before. */
export interface Report {
  readonly visit: string
  readonly tab: string
  /** Counts from 1; one that is said again is known by it. */
  readonly number: number
  readonly topics: readonly string[]
  readonly items: readonly Item[]
  /** Messages that are new, or were settled. */
  readonly sent: readonly Sent[]
  readonly explained?: string
  /** It was told to send no more. */
  readonly silent: boolean
}

export type Order =
  /** Keeps the thread busy for so many ms. */
  | { order: 'block'; ms: number }
  /** For so many ms each event takes a listener so long. */
  | { order: 'slow'; ms: number; each: number }
  /** The page's clocks jump. */
  | { order: 'jump'; ms: number }
  | { order: 'event'; event: 'online' | 'offline' }
  /** The page goes elsewhere, and comes back after so many ms. */
  | { order: 'away'; ms: number }
  | { order: 'reload' }
  | { order: 'stop sending' }
  | { order: 'explain' }
