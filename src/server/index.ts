export type { ErrorDetails } from '../errors.js'
export { HoldfastError } from '../errors.js'
export type { AttachOptions, HttpServer } from './attach.js'
export type { Authorize, AuthorizeRequest, Denial, Grant } from './authorization.js'
export type { TransportName } from './carrier.js'
export type { HubOptions } from './core.js'
export type { History, HistoryEntry, HistoryItem, HistoryListener } from './history.js'
export {
  createHub,
  type DisconnectOptions,
  type Hub,
  type HubClient,
  type PublishOptions,
} from './hub.js'
export type { Account, Claim, Ledger, Outcome } from './ledger.js'
export { defaultLimits, type Limits } from './limits.js'
export { type MemoryHistoryOptions, memoryHistory } from './memory-history.js'
export { type MemoryLedgerOptions, memoryLedger } from './memory-ledger.js'
export type { AllowedOrigins } from './origin.js'
export type { RefusalCode } from './refusal.js'
export type { ClientMessage, MessageHandler, Sender } from './sends.js'
