import { type Transport, transports } from './carrier.js'
import type { Offer } from './control.js'
import type { Subject } from './subject.js'

export type Level = 1 | 2 | 3

/** One sentence of PROTOCOL.md, or more, as a question to a server. */
export interface Check {
  /** `section.what`: never changes its meaning. */
  readonly id: string
  /** The heading in PROTOCOL.md. */
  readonly section: string
  /** The lowest level that has to pass it. */
  readonly level: Level
  /** A sentence that says how things are without either word is a MUST. Only a MUST counts for the level. */
  readonly strength: 'MUST' | 'SHOULD'
  /** Word for word from PROTOCOL.md: a test holds that. */
  readonly sentences: readonly string[]
  readonly transports: readonly Transport[]
  readonly needs?: readonly Offer[]
  /** The level is not reached where this could not be checked over any transport. */
  readonly essential?: true
  /** Leaves the server unwilling to serve: run last, and followed by a restart. */
  readonly last?: true
  /** @throws {Violation} @throws {NotChecked} */
  run(subject: Subject): Promise<void>
}

export const every: readonly Transport[] = transports
export const overHttp: readonly Transport[] = ['sse', 'long-poll']
export const endless: readonly Transport[] = ['websocket', 'sse']
export const webSocketOnly: readonly Transport[] = ['websocket']
export const pollOnly: readonly Transport[] = ['long-poll']
export const sseOnly: readonly Transport[] = ['sse']
