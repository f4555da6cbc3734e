import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import type { Carrier, CarrierEvents } from './carrier.js'
import { Connection } from './connection.js'
import { converse } from './conversation.js'
import type { Core } from './core.js'
import { readHeaders, readUrl } from './node-endpoint.js'
import { judgeOrigin, withoutCredentials } from './origin.js'
import { Refusal } from './refusal.js'
import { sharedBytes } from './shared-bytes.js'

/** Takes an upgrade on the hub's path. `sockets` may still be on its way: it is imported when the first one is needed. */
export async function serveUpgrade(
  core: Core,
  sockets: () => Promise<WebSocketServer>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  // A client that breaks off is no error of ours.
  socket.on('error', () => {})
  const headers = readHeaders(request)
  const url = readUrl(request)
  try {
    const verdict = judgeOrigin(headers, '', core.allowedOrigins)
    // Browsers hide the status from the page; these three have no other way to be said.
    if (verdict === 'refused') return turnAway(socket, '403 Forbidden', 'This origin is not allowed (allowedOrigins).')
    if (core.state === 'closed' || url === undefined)
      return turnAway(socket, '503 Service Unavailable', 'Not available.')
    core.connections.check()
    const server = await sockets()
    if (socket.destroyed) return
    // One packet for the 101 and what is said with it.
    socket.cork()
    setImmediate(() => socket.uncork())
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const origin = headers.get('origin')
      const seen = verdict === 'any' ? withoutCredentials(headers, true) : headers
      const facts = { headers: seen, origin, url: url.pathname + url.search, transport: 'websocket' as const }
      const connection = new Connection(core, facts, (events) => new WebSocketCarrier(webSocket, socket, events))
      const conversation = converse(core, connection, url.searchParams)
      webSocket.on('message', (data: RawData, isBinary: boolean) => {
        if (isBinary) webSocket.close(1003, 'Binary messages are not used.')
        else conversation.receive(lengthOf(data), () => String(data))
      })
      webSocket.on('close', () => conversation.over())
    })
  } catch (error) {
    if (!(error instanceof Refusal)) core.report(error)
    turnAway(
      socket,
      error instanceof Refusal ? '503 Service Unavailable' : '501 Not Implemented',
      'No WebSocket here now.',
    )
  }
}

function turnAway(socket: Duplex, status: string, message: string): void {
  const length = Buffer.byteLength(message)
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${message}`,
  )
}

function lengthOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.byteLength, 0) : data.byteLength
}

const TEXT = { binary: false, compress: true }

class WebSocketCarrier implements Carrier {
  readonly transport = 'websocket'
  silent = 0
  readonly #webSocket: WebSocket
  #alive = true

  constructor(webSocket: WebSocket, socket: Duplex, events: CarrierEvents) {
    this.#webSocket = webSocket
    socket.on('drain', () => {
      webSocket.resume()
      events.drained()
    })
    webSocket.on('error', () => {})
    webSocket.once('close', () => events.closed())
    const alive = () => {
      this.#alive = true
      // Who does not read what we answer is not heard until he does.
      if (socket.writableNeedDrain) webSocket.pause()
    }
    webSocket.on('pong', alive)
    webSocket.on('message', alive)
  }

  get queued(): number {
    return this.#webSocket.bufferedAmount
  }

  write(text: string): void {
    this.silent = 0
    this.#webSocket.send(sharedBytes(text), TEXT)
  }

  greet(text: string): void {
    this.write(text)
  }

  end(why: Refusal | 'close' | 'done'): void {
    if (why instanceof Refusal) this.#webSocket.close(why.close, why.code)
    else this.#webSocket.close(1012, 'The server is about to stop.')
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  probe(): boolean {
    if (!this.#alive) return false
    this.#alive = false
    this.#webSocket.ping()
    return true
  }
}
