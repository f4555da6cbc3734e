import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import { Backlog } from './backlog.js'
import { pongBlock } from './blocks.js'
import type { Carrier, CarrierEvents } from './carrier.js'
import { Connection } from './connection.js'
import type { Core } from './core.js'
import { readHello, readQuery } from './hello.js'
import { readHeaders, readUrl } from './node-endpoint.js'
import { judgeOrigin, withoutCredentials } from './origin.js'
import { Rate } from './rate.js'
import { Refusal } from './refusal.js'
import { parseFrame, readSend, type Send } from './send.js'
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
      converse(core, connection, webSocket, url.searchParams)
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

function converse(core: Core, connection: Connection, webSocket: WebSocket, query: URLSearchParams): void {
  const { limits } = core
  const controls = new Rate(limits.controlsPerSecond)
  const backlog = new Backlog(limits)
  let greeted = false
  let waiting: ReturnType<typeof setTimeout> | undefined

  const refusing = (task: () => void) => {
    try {
      if (!connection.ended) task()
    } catch (error) {
      if (!(error instanceof Refusal)) core.report(error)
      connection.fail(error instanceof Refusal ? error : new Refusal('internal', 'The server failed.'))
    }
  }

  const receive = (data: RawData) => {
    const bytes = lengthOf(data)
    if (bytes > limits.messageBytes) throw tooLarge(limits.messageBytes)
    const frame = parseFrame(String(data))
    if (!greeted && frame.holdfast !== 'hello')
      throw new Refusal('bad-request', 'The first message must be the hello that the query announced.')
    if (frame.holdfast === 'send') {
      const send = readSend(frame)
      const done = backlog.add(Math.max(1, send.messages.length), bytes)
      // Behind the hello that makes it acceptable.
      if (connection.pending === 0) return submit(core, connection, send, done)
      connection.settled.then(() => refusing(() => submit(core, connection, send, done)))
      return
    }
    if (!controls.take()) throw new Refusal('too-many', 'Too many hellos and pings per second.', { retryAfter: 1_000 })
    if (frame.holdfast === 'ping') return connection.say(pongBlock)
    if (frame.holdfast !== 'hello') throw new Refusal('bad-request', 'The message is none that this server knows.')
    clearTimeout(waiting)
    greeted = true
    const hello = readHello(frame, limits)
    const done = backlog.add(1, bytes)
    connection.hello(hello)
    connection.settled.then(done)
  }

  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) webSocket.close(1003, 'Binary messages are not used.')
    else refusing(() => receive(data))
  })
  webSocket.on('close', () => clearTimeout(waiting))

  connection.open()
  refusing(() => {
    const { hello } = readQuery(query, limits, true)
    greeted = hello !== undefined
    if (hello !== undefined) connection.hello(hello)
    else {
      waiting = setTimeout(() => {
        connection.fail(new Refusal('hello-timeout', `No hello came within ${limits.helloTimeout} ms.`))
      }, limits.helloTimeout)
      waiting.unref()
    }
  })
}

function submit(core: Core, connection: Connection, send: Send, done: () => void): void {
  const { authorization } = connection
  if (authorization === undefined) throw new Refusal('unknown-client', 'A send must come after a hello.')
  const { principal, tag } = authorization
  core.sends.submit(tag, { id: send.client, principal, transport: 'websocket' }, send, {
    accepted() {},
    result: (json) => connection.result(json),
    pong: () => connection.say(pongBlock),
    fail(refusal) {
      done()
      connection.fail(refusal)
    },
    done,
  })
}

function tooLarge(limit: number): Refusal {
  return new Refusal('too-large', `The message is larger than ${limit} bytes.`)
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
