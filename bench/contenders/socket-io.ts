import { Server as SocketServer } from 'socket.io'
import { io } from 'socket.io-client'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick } from '../events.js'

export const variants = {
  'socket.io': 'any',
  'socket.io, websocket': 'websocket',
  'socket.io, polling': 'poll',
} satisfies Variants

export const serve: Serve = (server) => {
  const sockets = new SocketServer(server, { serveClient: false })
  sockets.on('connection', (socket) => {
    socket.emit('tick', makeTick(0))
    socket.on('echo', (text, answer) => answer(text))
  })
  return {
    publish(tick) {
      sockets.emit('tick', tick)
    },
  }
}

export const open: Open = ({ variant, receive }) => {
  const transport = variant.split(', ')[1]
  const socket = io(transport ? { transports: [transport] } : {})
  socket.on('tick', receive)
  return { echo: (text) => socket.emitWithAck('echo', text) }
}
