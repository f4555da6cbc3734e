import { parseArgs } from 'node:util'

/** How the load is spread over the topics and the clients: README of the figures that the run prints. */
export const TOPICS = 50
/** Of a hundred connections. Each event ends a poll, so a connection by polls costs many times as much as another. */
export const SHARES = { websocket: 65, sse: 30, 'long-poll': 5 }
/** Clients that hear every topic: one WebSocket and one SSE stream. */
export const HEAR_ALL = 2
/** Connections that are cut per second, chosen at random. */
export const CUTS = 5
/** Messages that all clients together send per second. */
export const SENDS = 20

/** @param {string[]} args */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '30' },
      connections: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '1000' },
    },
  })
  const [minutes, connections, rate] = [values.minutes, values.connections, values.rate].map(Number)
  if (!(minutes && connections && rate)) throw new TypeError('--minutes, --connections and --rate are numbers above 0.')
  return { minutes, connections, rate }
}
