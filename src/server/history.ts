import type { Ledger } from './ledger.js'
import type { MaybePromise } from './maybe-promise.js'

/** One event, as histories store and hand on. All four are opaque to a history. */
export interface HistoryItem {
  /** Who hears it: those who asked for the topic and may hear it; everybody, if undefined. */
  readonly topic: string | undefined
  /** Who alone hears it: one principal; everybody, if undefined. */
  readonly to: string | undefined
  /** The encoded block without its `id` line, the empty line at its end included. */
  readonly text: string
}

/** An event in its place. */
export interface HistoryEntry extends HistoryItem {
  /** The position after this event; undefined for what is ephemeral and stands nowhere. */
  readonly id: string | undefined
}

/** What a history calls, from {@link History.open} on. */
export interface HistoryListener {
  /**
   * Every event of the history in its order, each once, no matter which process appended it; and what is ephemeral.
   * A history MUST be able to `read` an event before it feeds it, and MUST feed, sooner or later, what it lets read.
   */
  entries(entries: readonly HistoryEntry[]): void
  /** The feed lost its place: what lies before `position` will not be fed, nor can it be read. */
  gap(position: string): void
  error(error: unknown): void
}

/**
 * Where events are kept so that clients can resume. In-memory by default ({@link memoryHistory}); one that several
 * processes share (Redis Streams) has the same few methods.
 *
 * A position is the id of an entry, or the start position that an empty history gives. It is 1 to 256 characters without
 * CR, LF or NUL and names the history's generation, so that one from an earlier life is known to be unknown. Positions are
 * compared for equality only.
 *
 * A history in a database has one reader per process, whatever the number of clients: it drives `entries`. Whatever
 * returns a promise may reject: `append` makes `publish` reject, `read` closes the client's carrier with `unavailable`.
 */
export interface History {
  /**
   * Asking it takes a way through the network: clients that missed nothing but what the hub has seen itself lately are served
   * without it, also while it cannot be reached. Default false.
   */
  readonly remote?: boolean
  /** A ledger that stores an outcome and what its handler published in one step. A hub uses it unless it is given another. */
  readonly ledger?: Ledger
  /** Called before everything else; again if it rejected. Starts the feed and gives the position from which on it feeds. */
  open(listener: HistoryListener): MaybePromise<string>
  /** Stores an event and gives its id. Appends are in the order of their calls. */
  append(item: HistoryItem): MaybePromise<string>
  /** Hands an ephemeral event to the feeds of all processes, without storing it. */
  announce(item: HistoryItem): MaybePromise<void>
  /**
   * The events after a position, oldest first, at most `limit`. Fewer than `limit` say that there are no more.
   * `unknown`: this is no position of this history, or what follows it is no longer all there.
   */
  read(after: string, limit: number): MaybePromise<readonly HistoryEntry[] | 'unknown'>
  /** The newest position. */
  position(): MaybePromise<string>
  /** Called once, at the end. Nothing is fed afterwards. */
  close?(): MaybePromise<void>
}
