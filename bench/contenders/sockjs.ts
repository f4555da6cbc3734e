import { type Connection, createServer } from 'sockjs'
import SockJS from 'sockjs-client'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick } from '../events.js'

export const variants = {
  SockJS: 'any',
  'SockJS, websocket': 'websocket',
  'SockJS, xhr-streaming': 'stream',
  'SockJS, xhr-polling': 'poll',
} satisfies Variants

/** Its own server with its defaults. It carries text: events are JSON in it, and what comes up goes back as a JSON string. */
export const serve: Serve = (server) => {
  const connections = new Set<Connection>()
  const sockets = createServer({ prefix: '/live', log: () => {} })
  sockets.on('connection', (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    connection.on('data', (text) => connection.write(JSON.stringify(text)))
    connection.write(JSON.stringify(makeTick(0)))
  })
  sockets.installHandlers(server)
  return {
    publish(tick) {
      const text = JSON.stringify(tick)
      for (const connection of connections) connection.write(text)
    },
  }
}

export const open: Open = ({ variant, receive }) => {
  const transport = variant.split(', ')[1]
  const socket = new SockJS('/live', undefined, transport === undefined ? {} : { transports: transport })
  let answer = (_text: string) => {}
  socket.onmessage = ({ data }) => {
    const message: unknown = JSON.parse(data)
    if (typeof message === 'string') answer(message)
    else receive(message)
  }
  return {
    echo: (text) =>
      new Promise((resolve) => {
        answer = resolve
        socket.send(text)
      }),
  }
}
