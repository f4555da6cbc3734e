import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { History } from './history.js'
import { HttpCarriers } from './http.js'
import { Speech } from './speech.js'
import { newEpoch, Stream } from './stream.js'
import { WebSocketCarriers } from './websocket.js'

export interface ReferenceOptions {
  /** How much of the protocol is spoken. Default 3. */
  level?: 1 | 2 | 3
  /** ms. Default 1,000: tests do not want to wait. */
  heartbeat?: number
}

/**
 * A Holdfast server without a line of Holdfast's: PROTOCOL.md, read once and written down. It keeps all history in memory
 * and bounds nothing, so it is no server to use. Its small methods are there for the planted faults to replace.
 */
export class ReferenceServer {
  readonly speech: Speech
  readonly stream: Stream
  readonly carriers: HttpCarriers
  readonly sockets: WebSocketCarriers
  readonly helloTimeout = 500
  readonly #http: Server = createServer((request, response) => this.#request(request, response))

  constructor({ level = 3, heartbeat = 1000 }: ReferenceOptions = {}) {
    this.speech = new Speech(level, heartbeat, 65_536)
    this.stream = new Stream(this.speech)
    this.carriers = new HttpCarriers(this.stream)
    this.sockets = new WebSocketCarriers(this.stream, this.helloTimeout)
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Resolves to the URL of the stream. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve))
    const address = this.#http.address()
    if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
    return `http://127.0.0.1:${address.port}/live`
  }

  /** The beginning of another life: everybody is cut off, and nothing is known any more. */
  restart(): void {
    this.#cut()
    this.stream.history = new History()
    this.stream.draining = false
    this.stream.clients.clear()
    this.stream.epoch = newEpoch()
  }

  drain(window: number): void {
    this.stream.draining = true
    for (const listener of this.stream.listeners) listener.write(this.speech.drain(window))
  }

  async close(): Promise<void> {
    this.#cut()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  #cut(): void {
    for (const socket of this.sockets.server.clients) socket.terminate()
    this.#http.closeAllConnections()
    this.stream.listeners.clear()
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://reference')
    if (url.pathname !== '/live') return void response.writeHead(404).end()
    if (request.method !== 'GET' && request.method !== 'POST') return void response.writeHead(405).end()
    void this.carriers.answer(request, response, url.searchParams)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '', 'http://reference')
    const refuse = (status: string): void => {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    }
    if (url.pathname !== '/live') refuse('404 Not Found')
    else if (!this.carriers.allowsOrigin(request)) refuse('403 Forbidden')
    else this.sockets.upgrade(request, socket, head, url.searchParams)
  }
}
