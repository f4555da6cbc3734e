import type { Server } from 'node:http'
import type { Tick } from './events.js'

/**
 * What carries the events: with it measurements choose whom to compare with whom. `any` chooses for itself, as a real
 * page would let it.
 */
export type Carrier = 'websocket' | 'stream' | 'poll' | 'any'

/** The server's half of a contender, in a process of its own. */
export interface Served {
  /**
   * Before each page: forget what was, so that the page's first event is tick 0. What it resolves to reaches the page as
   * {@link Visit.start}.
   */
  prepare?(variant: string): Promise<string>
  /** Sends one event to everybody who is connected. Called in a loop that does not wait. */
  publish(tick: Tick): void
}

/**
 * Puts the contender's endpoint on a server. It sends tick 0 to everybody who connects, at once; paths that begin with
 * `/bench/` are the bench's own. Events may be of any size.
 */
export type Serve = (server: Server) => Served

/** What the page's half of a contender is given. */
export interface Visit {
  readonly variant: string
  /** What {@link Served.prepare} resolved to, or an empty string. */
  readonly start: string
  /** To be called with every decoded event, in order of arrival. */
  receive(tick: unknown): void
}

/** What the page can do with its connection, beside hearing events. */
export interface Connected {
  /**
   * Where there is a way up: sends a text to the server, which answers this page alone with the same text. Resolves with the
   * answer. Called after the first event, one at a time.
   */
  echo?(text: string): Promise<unknown>
}

/** Connects. Everything before the call (loading, parsing) is not measured; everything after is. */
export type Open = (visit: Visit) => Connected

/**
 * A file in contenders/ exports `variants`, `serve: Serve` and `open: Open`. Only `open` reaches the browser's bundle, so
 * packages of the server are imported as usual.
 */
export type Variants = { readonly [name: string]: Carrier }
