import { Server as SocketServer } from 'socket.io'
import { io } from 'socket.io-client'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick } from '../events.js'

export const variants = { 'socket.io, with connection state recovery': 'websocket' } satisfies Variants

/** With what it has to restore what was missed: events then carry an offset, and the server keeps them for two minutes. */
export const serve: Serve = (server) => {
  const sockets = new SocketServer(server, { serveClient: false, connectionStateRecovery: {} })
  sockets.on('connection', (socket) => {
    if (!socket.recovered) socket.emit('tick', makeTick(0))
  })
  return {
    publish(tick) {
      sockets.emit('tick', tick)
    },
  }
}

export const open: Open = ({ receive }) => {
  io({ transports: ['websocket'] }).on('tick', receive)
  return {}
}
