import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import type { RequestFacts } from './authorization.js'
import { Connection } from './connection.js'
import { converse } from './conversation.js'
import type { Core } from './core.js'
import { readHeaders, readUrl } from './node-endpoint.js'
import { judgeOrigin, withoutCredentials } from './origin.js'
import { Refusal } from './refusal.js'
import { WebSocketCarrier } from './websocket-carrier.js'

/** A client that breaks off is no error of ours. */
function ignore(): void {}

/** Takes an upgrade on the hub's path. `sockets` may still be on its way: it is imported when the first one is needed. */
export async function serveUpgrade(
  core: Core,
  sockets: () => Promise<WebSocketServer>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', ignore)
  const { origin = null, host = '' } = request.headers
  const url = readUrl(request)
  try {
    const verdict = judgeOrigin(origin, host, core.allowedOrigins)
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
    const facts = core.authorizer.remember(() => {
      const headers = readHeaders(request)
      const seen = verdict === 'any' ? withoutCredentials(headers, true) : headers
      return { headers: seen, origin, url: url.pathname + url.search, transport: 'websocket' }
    })
    server.handleUpgrade(request, socket, head, (webSocket) => accept(core, webSocket, socket, facts, url.searchParams))
  } catch (error) {
    if (!(error instanceof Refusal)) core.report(error)
    turnAway(
      socket,
      error instanceof Refusal ? '503 Service Unavailable' : '501 Not Implemented',
      'No WebSocket here now.',
    )
  }
}

/** A function of its own: what its listeners hold for as long as the WebSocket is open is no more than they need. */
function accept(core: Core, webSocket: WebSocket, socket: Duplex, facts: RequestFacts, query: URLSearchParams): void {
  // From here on `ws` listens.
  socket.off('error', ignore)
  webSocket.on('error', ignore)
  const connection = new Connection(core, facts, (events) => new WebSocketCarrier(webSocket, socket, events))
  const conversation = converse(core, connection, query)
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) webSocket.close(1003, 'Binary messages are not used.')
    else conversation.receive(lengthOf(data), () => String(data))
  })
  webSocket.on('close', () => {
    conversation.over()
    connection.closed()
  })
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
