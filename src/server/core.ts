import type { Authorizer } from './authorization.js'
import type { Connections } from './connections.js'
import type { Feed } from './feed.js'
import type { History } from './history.js'
import type { Ledger } from './ledger.js'
import type { Limits } from './limits.js'
import type { AllowedOrigins } from './origin.js'
import type { Parking } from './parking.js'
import type { Sends } from './sends.js'

/** What the parts of one hub share. */
export interface Core {
  readonly limits: Limits
  /** ms; told to clients. */
  readonly heartbeat: number
  readonly allowedOrigins: AllowedOrigins
  readonly authorizer: Authorizer
  readonly history: History
  readonly ledger: Ledger
  readonly feed: Feed
  readonly sends: Sends
  readonly parking: Parking
  readonly connections: Connections
  /** Resolves when the history has been opened; rejects if it could not be. */
  readonly started: Promise<void>
  readonly state: 'open' | 'draining' | 'closed'
  /** Tells the application what went wrong; never throws. */
  report(error: unknown): void
}
