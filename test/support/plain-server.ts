import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'

/** A server that knows nothing of Holdfast, to prove what stands before it. */
export interface PlainServer {
  readonly url: string
  /** Every open WebSocket and SSE stream gets this text, as one frame or one chunk. */
  say(text: string): void
  /** Ends every SSE stream in good order. */
  endStreams(): void
  /** WebSockets and SSE streams that are open now. */
  readonly open: { websockets: number; streams: number }
  /** What arrived in frames and bodies. */
  readonly heard: string[]
  heardSoFar(): string[]
  close(): Promise<void>
}

/**
 * `/sse` streams what `say` says; `/poll` answers `polled` at once; a POST is answered with its own body;
 * a WebSocket is greeted with `welcome` together with the 101, and answered with `echo …`.
 */
export async function startPlainServer(): Promise<PlainServer> {
  const streams = new Set<{ write(text: string): void; end(): void }>()
  const sockets = new Set<WebSocket>()
  const heard: string[] = []
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*')
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    if (request.method === 'POST') {
      const body = await text(request)
      heard.push(body)
      return response.end(body)
    }
    if (!request.url?.startsWith('/sse')) return response.end('polled')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    streams.add(response)
    response.on('close', () => streams.delete(response))
  })
  const websockets = new WebSocketServer({ server })
  websockets.on('connection', (socket) => {
    sockets.add(socket)
    socket.send('welcome')
    socket.on('message', (data) => {
      heard.push(String(data))
      socket.send(`echo ${data}`)
    })
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    say(text) {
      for (const socket of sockets) socket.send(text)
      for (const stream of streams) stream.write(text)
    },
    endStreams() {
      for (const stream of streams) stream.end()
    },
    get open() {
      return { websockets: sockets.size, streams: streams.size }
    },
    heard,
    heardSoFar: () => heard,
    async close() {
      for (const socket of sockets) socket.terminate()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
