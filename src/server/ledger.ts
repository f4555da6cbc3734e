import type { HistoryItem } from './history.js'
import type { MaybePromise } from './maybe-promise.js'

/** What became of a send: the JSON text of its result (PROTOCOL.md, "result"). */
export interface Outcome {
  readonly number: number
  readonly json: string
}

/** What a client that introduces itself finds. */
export interface Account {
  /** The highest number that has an outcome; null if the client was not known: it is now, and expects `next`. */
  readonly handled: number | null
  /** The outcomes that are kept, lowest number first. */
  readonly outcomes: readonly Outcome[]
}

/** It was claimed before; `outcome` is undefined if it is not known, or no longer. */
export interface Handled {
  readonly state: 'handled'
  readonly outcome: Outcome | undefined
}

/**
 * `mine`: whoever is told so handles it. Nobody else is told so, unless whoever was has died, as far as the ledger can know:
 * then the outcome that is settled first counts.
 */
export type Claim = Handled | { readonly state: 'mine' | 'unknown-client' | 'out-of-order' }

/** `settled`: this outcome counts. `handled`: whoever took the claim over was first. */
export type Settled = Handled | { readonly state: 'settled' | 'unknown-client' }

/**
 * Remembers which sends were handled, so that none is handled twice, and what became of them until the client knows.
 * In-memory by default ({@link memoryLedger}); one that several processes share has the same few methods. `client` is the
 * principal and the client id in one opaque text. Bounded: what is forgotten, the client is told (`unknown-client`, `outcome-lost`).
 * A promise that rejects (each may) closes the client's carrier with `unavailable`, and the client comes again.
 */
export interface Ledger {
  /**
   * The name of all that the ledger knows: another one once it has lost that (a process that was started anew, a database that was
   * emptied). Clients are told it, and name it with what they send: so that a message which an earlier epoch may have handled is
   * not handled in this one (PROTOCOL.md, "send"). Random, 1 to 64 of `A-Z a-z 0-9 - _`.
   */
  readonly epoch: string
  /**
   * A hello, or a send of a client that was not known: makes the client known if it was not, and forgets outcomes below
   * `unacknowledged`. A client that has had outcomes of numbers that were never claimed here is not known either. Must be
   * atomic.
   * @param client the principal and the client id in one opaque text
   * @param unacknowledged the lowest number whose outcome the client does not have, from 1
   * @param next the lowest number that the client had never transmitted; at least `unacknowledged`
   * @param outcomes of numbers below `next`: what the account of a client that was not known begins with
   * @param epoch the one to open it in. Default: the present one
   * @returns `forgotten` if it is another epoch by now
   */
  open(
    client: string,
    unacknowledged: number,
    next: number,
    outcomes: readonly Outcome[],
    epoch?: string,
  ): MaybePromise<Account | 'forgotten'>
  /**
   * Asks for a number, before it is handled. Must be atomic.
   * @param client as it was opened
   * @param number that of the message, from 1
   * @param epoch the one that the number is of. Default: the present one
   * @returns `out-of-order` for a number that is neither known nor the next one; `unknown-client` also if it is another epoch by
   *   now
   */
  claim(client: string, number: number, epoch?: string): MaybePromise<Claim>
  /**
   * Stores the outcome of what was claimed, unless whoever took the claim over was first.
   * @param client as it was opened
   * @param outcome of the number that was claimed
   * @param items what the handler published. Only a ledger that is also its history's (`History.ledger`) is given any: it
   *   MUST append them in the same step, if the outcome counts, and MUST NOT otherwise.
   */
  settle(client: string, outcome: Outcome, items: readonly HistoryItem[]): MaybePromise<Settled>
  /**
   * The client has the outcomes below a number: they may be forgotten.
   * @param client as it was opened; nothing happens where it is not known
   * @param unacknowledged the lowest number whose outcome the client does not have, from 1
   */
  acknowledge(client: string, unacknowledged: number): MaybePromise<void>
  /**
   * Called now and then, so that the age of who is connected does not count.
   * @param clients who is connected, each as it was opened
   */
  touch(clients: readonly string[]): MaybePromise<void>
}
