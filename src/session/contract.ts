import type { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { Carried, Control, Hello, Protocol } from '../seams.js'
import type { Note } from './record.js'

/** What all attempts of a session have in common. */
export interface Scope {
  readonly env: Env
  readonly url: URL
  readonly protocol: Protocol
  readonly credentials: RequestCredentials
  readonly maxEventSize: number
}

export type Ready = Extract<Control, { kind: 'ready' }>

/** Who started an attempt, and hears what becomes of it. */
export interface AttemptOwner {
  /** What to say now: the newest cursor, the topics and the headers of this round. */
  hello(number: number): Hello
  /**
   * A hello was answered: bytes pass downstream, and on HTTP upstream.
   * @param fresh false: the next poll's answer, and nothing more
   */
  ready(attempt: Attempt, ready: Ready, fresh: boolean): void
  /** Bytes pass in both directions. */
  proven(attempt: Attempt): void
  /** Only from an attempt that carries. */
  event(type: string, data: string | ArrayBuffer, id: string | undefined, topic?: string): void
  /** Only from an attempt that carries. */
  control(control: Control): void
  /** It is over; never after stop(). */
  ended(attempt: Attempt, error: HoldfastError | undefined): void
}

/** One transport, tried once. Nothing that it says after stop() reaches anybody. */
export interface Attempt extends Carried {
  /** Notes what became of it, and why, for `explain()`. */
  readonly note: Note
  /** What its newest hello asked for. */
  readonly topics: readonly string[]
  /** Bytes were seen to pass in both directions. */
  readonly proven: boolean
  /** From now on what it hears is passed on. */
  carry(): void
  /** Says hello anew; what is heard before its `ready` is discarded. */
  hello(): void
  /** Resolves when the transport has passed the frame on. A failure ends the attempt, unless `late` has aborted it. */
  send(frame: string | BufferSource | Blob, leaving?: boolean, late?: AbortSignal): Promise<void>
  /** The page was away: is the connection still there? */
  check(): void
  stop(): void
}

/** What the page sends, until its outcome is known. */
export interface Outbox {
  send(...given: unknown[]): Promise<unknown>
  /** What a hello says of it. */
  hello(): Pick<Hello, 'client' | 'unacknowledged' | 'next'>
  /** A server said which ledger it has (PROTOCOL.md, "ready"): numbers are of that one now. Returns whether they were of another. */
  adopt(epoch: string | undefined): boolean
  /** The carrier answered a hello; `handled`: the highest send that the server handled, null: whoever did has forgotten it. */
  ready(carrier: Attempt, handled: number | null | undefined): void
  /** The carrier is gone. */
  lost(): void
  result(number: number, value: unknown, error: { code: string; message: string } | undefined): void
  /** The page goes away: what has no outcome goes once more, by requests that outlive the page. */
  leave(): void
  close(): void
}
