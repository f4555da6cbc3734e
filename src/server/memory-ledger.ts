import type { Ledger, Outcome } from './ledger.js'
import { randomText } from './random.js'

/** How much a ledger in memory remembers, and for how long. */
export interface MemoryLedgerOptions {
  /** Clients that are remembered. Default 100,000. */
  maxClients?: number
  /** Outcomes kept for one client. Default 256. */
  maxOutcomes?: number
  /** Outcomes kept for all clients, in bytes of JSON. Default 32 MiB. */
  maxBytes?: number
  /** How long a client that is not connected is remembered, in ms. Default 10 minutes. */
  maxAge?: number
}

interface Entry {
  claimed: number
  settled: number
  /** Made with the first of them: most clients only listen. */
  outcomes: Map<number, Outcome> | undefined
  touched: number
}

/** A ledger in this process. The clients that were away for longest make room. */
export function memoryLedger(options: MemoryLedgerOptions = {}): Ledger {
  const { maxClients = 100_000, maxOutcomes = 256, maxBytes = 33_554_432, maxAge = 600_000 } = options
  // A Map is in the order of insertion; who is touched is inserted anew, so the first was away for longest.
  const clients = new Map<string, Entry>()
  let bytes = 0

  const touch = (client: string, entry: Entry) => {
    entry.touched = Date.now()
    clients.delete(client)
    clients.set(client, entry)
  }
  const drop = (entry: Entry, number: number) => {
    bytes -= entry.outcomes?.get(number)?.json.length ?? 0
    entry.outcomes?.delete(number)
  }
  const keep = (entry: Entry, outcome: Outcome) => {
    const outcomes = (entry.outcomes ??= new Map())
    outcomes.set(outcome.number, outcome)
    bytes += outcome.json.length
    if (outcomes.size <= maxOutcomes) return
    const [oldest] = outcomes.keys()
    if (oldest !== undefined) drop(entry, oldest)
  }
  const acknowledge = (entry: Entry, unacknowledged: number) => {
    if (entry.outcomes === undefined) return
    for (const number of entry.outcomes.keys()) if (number < unacknowledged) drop(entry, number)
  }
  const evict = () => {
    const oldest = Date.now() - maxAge
    for (const [client, entry] of clients) {
      if (entry.touched >= oldest && clients.size <= maxClients && bytes <= maxBytes) return
      acknowledge(entry, Number.POSITIVE_INFINITY)
      // For bytes alone the outcomes go, and the client stays known: nothing is handled twice.
      if (entry.touched < oldest || clients.size > maxClients) clients.delete(client)
    }
  }

  return {
    // It never loses everything while the process lives.
    epoch: randomText(12),
    open(client, unacknowledged, next, outcomes) {
      evict()
      let known = clients.get(client)
      // Somebody else told it of outcomes that are not known here: what is known here is of no use.
      if (known !== undefined && known.claimed < unacknowledged - 1) {
        acknowledge(known, Number.POSITIVE_INFINITY)
        known = undefined
      }
      const entry = known ?? { claimed: next - 1, settled: next - 1, outcomes: undefined, touched: 0 }
      touch(client, entry)
      if (known === undefined) {
        for (const outcome of outcomes) keep(entry, outcome)
        evict()
        return { handled: null, outcomes: [] }
      }
      acknowledge(entry, unacknowledged)
      return { handled: entry.settled, outcomes: [...(entry.outcomes?.values() ?? [])] }
    },
    claim(client, number) {
      const entry = clients.get(client)
      if (entry === undefined) return { state: 'unknown-client' }
      if (number <= entry.claimed) return { state: 'handled', outcome: entry.outcomes?.get(number) }
      if (number > entry.claimed + 1) return { state: 'out-of-order' }
      entry.claimed = number
      return { state: 'mine' }
    },
    settle(client, outcome) {
      const entry = clients.get(client)
      if (entry === undefined) return { state: 'settled' }
      entry.settled = Math.max(entry.settled, outcome.number)
      keep(entry, outcome)
      if (bytes > maxBytes) evict()
      return { state: 'settled' }
    },
    acknowledge(client, unacknowledged) {
      const entry = clients.get(client)
      if (entry === undefined) return
      touch(client, entry)
      acknowledge(entry, unacknowledged)
    },
    touch(connected) {
      for (const client of connected) {
        const entry = clients.get(client)
        if (entry !== undefined) touch(client, entry)
      }
      evict()
    },
  }
}
