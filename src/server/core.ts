import type { EventMap } from '../types.js'
import { type Authorize, Authorizer } from './authorization.js'
import { Connections } from './connections.js'
import { Feed } from './feed.js'
import { Handling } from './handling.js'
import type { History, HistoryListener } from './history.js'
import type { Ledger } from './ledger.js'
import { type Limits, readLimits } from './limits.js'
import { isPromise } from './maybe-promise.js'
import { logOf, memoryHistory } from './memory-history.js'
import { memoryLedger } from './memory-ledger.js'
import { type AllowedOrigins, readAllowedOrigins } from './origin.js'
import { Outbox } from './outbox.js'
import { Parking } from './parking.js'
import { Reports } from './reports.js'
import { type HubSchemas, readSchemas } from './schemas.js'
import { Sends } from './sends.js'

/** What a hub can be told. Everything has a default. */
export interface HubOptions<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> extends HubSchemas<Events, Sends, Replies> {
  /** Where events are kept so that clients can resume. Default: `memoryHistory()`. */
  history?: History
  /** What remembers which sends were handled. Default: the history's own, or `memoryLedger()`. */
  ledger?: Ledger
  /** The longest silence on an open carrier, in ms. Default 15,000. */
  heartbeat?: number
  /** Pages of which other origins may connect. Default: none, only the server's own. */
  allowedOrigins?: AllowedOrigins
  /** Who is this, and what may it hear? Default: everybody is one anonymous principal who may hear everything. */
  authorize?: Authorize
  /** Changes some of the bounds; see the table in docs/server.md. */
  limits?: Partial<Limits>
}

/** What the parts of one hub share. */
export interface Core {
  readonly limits: Limits
  readonly schemas: HubSchemas
  /** ms; told to clients. */
  readonly heartbeat: number
  readonly allowedOrigins: AllowedOrigins
  readonly authorizer: Authorizer
  readonly history: History
  readonly feed: Feed
  readonly handling: Handling
  readonly sends: Sends
  readonly parking: Parking
  readonly connections: Connections
  readonly reports: Reports
  /** Resolves when the history has been opened; rejects if it could not be. Asking again tries again. */
  readonly started: Promise<void>
  /** Whether it has been. */
  readonly opened: boolean
  state: 'open' | 'draining' | 'closed'
  /** Tells the application what went wrong; never throws. */
  report(error: unknown): void
}

/** @throws {TypeError} for an option that cannot be */
export function createCore(options: HubOptions): Core {
  const { heartbeat = 15_000, authorize, history = memoryHistory() } = options
  const { ledger = history.ledger ?? memoryLedger() } = options
  if (!(typeof heartbeat === 'number' && heartbeat > 0))
    throw new TypeError('heartbeat must be a number of ms greater than 0.')
  if (authorize !== undefined && typeof authorize !== 'function') throw new TypeError('authorize must be a function.')
  // Pages would go on with the name that they were told by another server, and be refused for ever.
  if (typeof ledger?.epoch !== 'string') throw new TypeError('ledger must have an epoch: a name for what it knows.')
  const limits = readLimits(options.limits)
  const schemas = readSchemas(options)
  const allowedOrigins = readAllowedOrigins(options.allowedOrigins)

  let opened = false
  const reports = new Reports()
  const report = (error: unknown) => reports.report(error)
  const feed = new Feed(limits, report, logOf(history, limits))
  const parking = new Parking(limits)
  const handling = new Handling({ limits, schemas }, report)
  const outbox = new Outbox(history, ledger, report)
  const sends = new Sends({ ledger, handling, outbox, limits, report })
  const authorizer = new Authorizer(authorize, limits.authorizeTimeout, report)
  const connections = new Connections(limits, heartbeat, sweep, report)
  const settings = { limits, schemas, heartbeat, allowedOrigins, history }
  const parts = { reports, report, feed, parking, handling, sends, authorizer, connections }
  let { epoch } = ledger
  const listener: HistoryListener = {
    entries: (entries) => feed.entries(entries),
    error: report,
    gap(position) {
      feed.gap(position)
      if (ledger.epoch === epoch) return
      epoch = ledger.epoch
      // Who hears of it before he sends again has lost nothing by it: what nobody has transmitted is in no doubt.
      for (const connection of connections) connection.drain(connections.reconnectWindow)
    },
  }
  let started: Promise<void> | undefined = start()
  const core: Core = {
    ...settings,
    ...parts,
    get started() {
      return (started ??= start())
    },
    state: 'open',
    get opened() {
      return opened
    },
  }

  /** What could not be opened is opened anew when somebody asks for it again. */
  function start(): Promise<void> {
    const opening = open()
    opening.catch((error) => {
      started = undefined
      if (core.state !== 'closed') report(error)
    })
    return opening
  }

  async function open(): Promise<void> {
    const position = history.open(listener)
    feed.start(isPromise(position) ? await position : position)
    epoch = ledger.epoch
    opened = true
  }

  /** Forgets what is over, and keeps who is connected from being forgotten. */
  function sweep(): void {
    sends.sweep()
    parking.sweep()
    const accounts: string[] = []
    for (const { account } of connections) if (account !== undefined) accounts.push(account)
    Promise.resolve(ledger.touch(accounts)).catch(report)
  }
  return core
}
