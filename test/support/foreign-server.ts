import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'

/** What a request is answered with. Default: 200, and nothing in the body. */
export interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: string
  /** The body does not end: `write` goes on with it. */
  stream?: boolean
}

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

/**
 * A server that was there before Holdfast: it answers requests with what it was told, and WebSockets with what they say. Pages of
 * all origins may read it, with their cookies.
 */
export interface ForeignServer {
  readonly url: string
  /** What the next requests are answered with, in this order; the last one again and again. Preflights do not count. */
  answer(...answers: Answer[]): void
  /** Writes to all open streams, cut at these bytes into pieces that travel apart. */
  write(text: string, ...cuts: number[]): Promise<void>
  /** Sends a frame on all WebSockets: text, or bytes. */
  send(frame: string | number[]): void
  /** Ends all streams in good order. */
  end(): void
  /** Cuts all connections. */
  cut(): void
  /** All requests since the start, without preflights. */
  requests(): SeenRequest[]
  close(): Promise<void>
}

export async function startForeignServer(): Promise<ForeignServer> {
  const streams = new Set<ServerResponse>()
  const seen: SeenRequest[] = []
  let answers: Answer[] = [{}]
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
    response.setHeader('access-control-allow-credentials', 'true')
    response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '')
    response.setHeader('access-control-expose-headers', 'etag')
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body: await text(request) })
    const [answer = {}] = answers.length > 1 ? answers.splice(0, 1) : answers
    response.writeHead(answer.status ?? 200, answer.headers)
    if (!answer.stream) return response.end(answer.body)
    // Firefox lets a page know of a response only with the first bytes of its body.
    response.write(answer.body ?? ':\n\n')
    streams.add(response)
    response.on('close', () => streams.delete(response))
  })
  server.on('connection', (socket) => socket.setNoDelay(true))
  const websockets = new WebSocketServer({ server })
  websockets.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const cut = () => {
    for (const socket of websockets.clients) socket.terminate()
    server.closeAllConnections()
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    answer(...given) {
      answers = given
    },
    async write(text, ...cuts) {
      const bytes = Buffer.from(text)
      for (const [index, start] of [0, ...cuts].entries()) {
        if (index > 0) await sleep(20)
        for (const stream of streams) stream.write(bytes.subarray(start, cuts[index]))
      }
    },
    send(frame) {
      for (const socket of websockets.clients) socket.send(typeof frame === 'string' ? frame : Buffer.from(frame))
    },
    end() {
      for (const stream of streams) stream.end()
    },
    cut,
    requests: () => seen,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}
