import type { Server } from 'node:http'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

/** Events in one frame, in the variant that packs. */
const PACK = 64

export const variants = {
  'raw WebSocket': 'websocket',
  [`raw WebSocket, ${PACK} a frame`]: 'websocket',
} satisfies Variants

/** JSON, one event a frame; on /packed a JSON array of up to 64. What comes up goes back as a JSON string. */
export const serve: Serve = (server: Server) => {
  const single = new Set<ServerSocket>()
  const packed = new Set<ServerSocket>()
  let queue: Tick[] = []

  function flush(): void {
    if (queue.length === 0) return
    const frame = JSON.stringify(queue)
    queue = []
    for (const socket of packed) socket.send(frame)
  }

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const packs = request.url === '/live/packed'
      const members = packs ? packed : single
      members.add(accepted)
      accepted.once('close', () => members.delete(accepted))
      accepted.on('message', (text) => accepted.send(JSON.stringify(String(text))))
      accepted.send(JSON.stringify(packs ? [makeTick(0)] : makeTick(0)))
    })
  })

  return {
    publish(tick) {
      if (single.size > 0) {
        const frame = JSON.stringify(tick)
        for (const socket of single) socket.send(frame)
      }
      if (packed.size > 0) {
        if (queue.length === 0) setImmediate(flush)
        queue.push(tick)
        if (queue.length === PACK) flush()
      }
    },
  }
}

export const open: Open = ({ variant, receive }) => {
  const packs = variant !== 'raw WebSocket'
  const socket = new WebSocket(packs ? '/live/packed' : '/live')
  let answer = (_text: string) => {}
  socket.onmessage = ({ data }) => {
    const message: unknown = JSON.parse(data)
    if (typeof message === 'string') answer(message)
    else if (!Array.isArray(message)) receive(message)
    else for (const tick of message) receive(tick)
  }
  return {
    echo: (text) =>
      new Promise((resolve) => {
        answer = resolve
        socket.send(text)
      }),
  }
}
