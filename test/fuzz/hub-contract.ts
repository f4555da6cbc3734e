import type { HubOptions } from '../../src/server/index.js'

/** What a hub under attack is like. It travels as JSON. */
export interface HubUnderAttack {
  limits?: HubOptions['limits']
  heartbeat?: number
  /** How many clients the ledger remembers. Default: the ledger's. */
  maxClients?: number
  /** How long `authorize` takes for who sends the header `x-slow`, in ms. Default: there is none. */
  authorizeTakes?: number
  /** How long the handler takes for messages of type `slow`, in ms. */
  handlerTakes?: number
  /** What it replies to messages of type `large`. */
  replyBytes?: number
  perMessageDeflate?: boolean
  /** Options of Node's server. */
  server?: { headersTimeout?: number; requestTimeout?: number; connectionsCheckingInterval?: number }
}

/** `publish`: one event, or from now on one every so many ms. Answered with how many were published. */
export interface Order {
  order: 'publish' | 'stop' | 'census' | 'vitals'
  size?: number
  every?: number
}

/** Who is there. */
export interface Census {
  clients: number
  /** The other ends' ports of all open sockets. */
  ports: number[]
  /** Messages that were handled. */
  handled: number
}

/** How the hub's process is. */
export interface Vitals {
  /** Bytes of heap and buffers, after garbage collection. */
  held: number
  /** What went wrong in it. */
  errors: string[]
}
