import { Calendar } from './calendar.js'

/** How clients come back. */
export interface Policy {
  readonly name: string
  /** Connects that one attempt makes where each is refused: one for each transport that is tried. */
  readonly connects: number
  /**
   * @param failures attempts that failed since the server was lost
   * @returns ms until the next one; undefined: it gives up
   */
  delay(client: number, failures: number): number | undefined
}

/** What happens to the server. Durations in ms. */
export interface Outage {
  readonly clients: number
  /** How long it is away. Meanwhile its machine refuses connects. */
  readonly away: number
  /** Connects that it takes per second. */
  readonly capacity: number
  /** How long after the loss clients notice it: at once where the machine resets the connections, else by their heartbeat. */
  readonly noticed: number
}

export interface Recovery {
  /** Connects that reached the server, in each tenth of a second since it was lost. */
  readonly connects: Uint32Array
  /** Of them, those that it refused though it was back. */
  readonly refused: number
  /** When clients were back, in ms since the server was lost, ascending. */
  readonly back: Float64Array
  /** Clients that have given up. */
  readonly gone: number
}

/** Parts of a second in which connects are counted. */
export const PARTS = 10
const BUCKET = 1_000 / PARTS
/** No simulation goes on for longer. */
const HORIZON = 2 * 3_600_000
/** Round trips are spread evenly between these, in ms. */
const NEAREST = 20
const FARTHEST = 200
/** Connects that wait in the kernel until the server takes them (the default of Node's `server.listen`). */
const BACKLOG = 511

/**
 * All clients lose the server at time 0. Each connect takes a round trip. The server takes its capacity evenly, lets
 * a backlog wait, and refuses what is above. Refusing costs it nothing: that flatters those who knock often.
 */
export function simulate(policy: Policy, outage: Outage, random: () => number): Recovery {
  const { clients, away, capacity, noticed } = outage
  const calendar = new Calendar(clients, HORIZON)
  const connects = new Uint32Array(HORIZON / BUCKET)
  const roundTrips = Float32Array.from({ length: clients }, () => NEAREST + random() * (FARTHEST - NEAREST))
  const tried = new Uint8Array(clients)
  const failures = new Uint8Array(clients)
  const back = new Float64Array(clients)
  const perMs = capacity / 1_000
  let pending = clients
  let returned = 0
  let refused = 0
  let waiting = 0
  let now = 0
  let last = 0

  /** After an end that the client hears of at this time. */
  const wait = (client: number, heard: number) => {
    const delay = policy.delay(client, failures[client] ?? 0)
    const way = (roundTrips[client] ?? 0) / 2
    if (delay === undefined || !calendar.put(client, heard + delay + way)) pending -= 1
  }
  const connect = (client: number) => {
    const roundTrip = roundTrips[client] ?? 0
    last = Math.floor(now / BUCKET)
    connects[last] = (connects[last] ?? 0) + 1
    if (now >= away && waiting < BACKLOG) {
      waiting += 1
      pending -= 1
      back[returned++] = now + waiting / perMs + roundTrip / 2
      return
    }
    if (now >= away) refused += 1
    const attempts = (tried[client] ?? 0) + 1
    tried[client] = attempts % policy.connects
    if (attempts < policy.connects) {
      calendar.put(client, now + roundTrip)
      return
    }
    failures[client] = Math.min(255, (failures[client] ?? 0) + 1)
    wait(client, now + roundTrip / 2)
  }

  for (let client = 0; client < clients; client += 1) wait(client, noticed + (roundTrips[client] ?? 0) / 2)
  for (; pending > 0 && now < HORIZON; now += 1) {
    waiting = Math.max(0, waiting - perMs)
    calendar.visit(now, connect)
  }
  return {
    connects: connects.slice(0, last + 1),
    refused,
    back: back.subarray(0, returned).sort(),
    gone: clients - returned,
  }
}

/** The most connects in any one second from this moment on, in ms since the loss. */
export function peak({ connects }: Recovery, from: number): number {
  let sum = 0
  let most = 0
  const first = Math.ceil(from / BUCKET)
  for (let bucket = first; bucket < connects.length; bucket += 1) {
    sum += connects[bucket] ?? 0
    if (bucket - PARTS >= first) sum -= connects[bucket - PARTS] ?? 0
    most = Math.max(most, sum)
  }
  return most
}

/** When so large a share of all clients was back, in ms since the loss. Undefined: never. */
export function backAfter({ back, gone }: Recovery, share: number): number | undefined {
  return back[Math.ceil((back.length + gone) * share) - 1]
}
