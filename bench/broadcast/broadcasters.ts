import { Server as SocketServer } from 'socket.io'
import { WebSocketServer } from 'ws'
import { createHub } from '../../src/server/index.js'
import type { Broadcaster, Entrance } from './contract.js'

/** Events in one frame of the server that packs. */
const PACK = 64

/** What nobody is silent for: bare `ws` has no heartbeat, so that of the others is left out as well. In ms. */
const NEVER = 3_600_000

/** A server of `ws`, as a careful hand writes it: the bytes are the same for all. */
function bare(name: string, eventsInFrame: number): Broadcaster {
  return {
    name,
    entrance: { path: '/', upgrade: true, ready: /\r\n\r\n$/ },
    serve(server) {
      const { clients } = new WebSocketServer({ server, perMessageDeflate: false })
      return (ticks) => {
        for (let index = 0; index < ticks.length; index += eventsInFrame) {
          const content = eventsInFrame === 1 ? ticks[index] : ticks.slice(index, index + eventsInFrame)
          const bytes = Buffer.from(JSON.stringify(content))
          for (const client of clients) client.send(bytes, { binary: false })
        }
      }
    },
  }
}

const socketIo: Broadcaster = {
  name: 'socket.io',
  entrance: {
    path: '/socket.io/?EIO=4&transport=websocket',
    upgrade: true,
    reply: { to: /0\{"sid".*\}/, text: '40' },
    ready: /40\{"sid".*\}/,
  },
  serve(server) {
    const sockets = new SocketServer(server, { serveClient: false, pingInterval: NEVER })
    return (ticks) => {
      for (const tick of ticks) sockets.emit('tick', tick)
    }
  },
}

/** All of it with its defaults, but for the heartbeat. */
function holdfast(name: string, entrance: Omit<Entrance, 'ready'>): Broadcaster {
  return {
    name,
    entrance: { ...entrance, ready: /event: holdfast:ready\n.*\n\n/ },
    serve(server) {
      const hub = createHub({ heartbeat: NEVER })
      hub.attach(server, { path: '/live' })
      return (ticks) => {
        for (const tick of ticks) void hub.publish('tick', tick)
      }
    },
  }
}

export const BASELINE = 'bare ws'

export const broadcasters: readonly Broadcaster[] = [
  bare(BASELINE, 1),
  bare(`bare ws, ${PACK} a frame`, PACK),
  socketIo,
  holdfast('Holdfast, websocket', { path: '/live', upgrade: true }),
  holdfast('Holdfast, sse', { path: '/live', upgrade: false }),
]

/** @throws {Error} if there is none */
export function broadcasterOf(name: string | undefined): Broadcaster {
  const found = broadcasters.find((broadcaster) => broadcaster.name === name)
  if (found === undefined) throw new Error(`No broadcaster is called ${name}.`)
  return found
}
