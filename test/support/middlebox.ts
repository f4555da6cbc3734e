import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Carriers } from './middlebox/carriers.js'
import { type CutPlace, type Direction, type Faults, type Kind, noFaults } from './middlebox/faults.js'
import { forwardRequest } from './middlebox/request.js'
import { forwardUpgrade } from './middlebox/upgrade.js'
import { Wire } from './middlebox/wire.js'

export type {
  CutPlace,
  Direction,
  Faults,
  Kind,
  RequestFault,
  StreamFault,
  WebSocketFault,
} from './middlebox/faults.js'

export interface MiddleboxCounts {
  /** TCP connections from clients since the start (or `forget()`). */
  connections: number
  /** TCP connections from clients that are open now. */
  open: number
  /** Requests by kind, since the start (or `forget()`). */
  requests: Record<Kind, number>
  /** Cuts by `cutAt()` that were made, since the start (or `forget()`). */
  cuts: number
  /** Bytes that are held in the middlebox now. */
  queued: number
}

export interface MiddleboxOptions {
  /** Which GET is a long-poll. Default: one with `carrier=poll` in its query. */
  isPoll?: (request: IncomingMessage) => boolean
}

/**
 * What stands between a page and its server: a proxy on a port of its own that forwards all that it is not told to spoil.
 * `set()` tells it what to spoil, from now on; the other methods act once, on all connections.
 */
export class Middlebox {
  readonly target: { readonly host: string; readonly port: number }
  readonly isPoll: (request: IncomingMessage) => boolean
  faults: Faults = { ...noFaults }
  #server: Server
  #http: HttpServer
  #port = 0
  #hung = false
  /** Connections that were made while all bytes vanished. */
  #waiting: Wire[] = []
  readonly #wires = new Set<Wire>()
  readonly #upstreams = new Set<Socket>()
  readonly carriers = new Carriers()
  #connections = 0
  #requests = noRequests()

  /** @param target the URL of the server behind, of which host and port count */
  constructor(target: string, options: MiddleboxOptions = {}) {
    const { hostname, port } = new URL(target)
    this.target = { host: hostname, port: Number(port) }
    this.isPoll = options.isPoll ?? ((request) => /[?&]carrier=poll(&|$)/.test(request.url ?? ''))
    this.#http = createHttpServer({ keepAliveTimeout: 0 }, (request, response) => {
      forwardRequest(this, request, response).catch(() => response.destroy())
    })
    this.#http.on('upgrade', (request, client, early) => {
      if (!(client instanceof Wire)) return
      this.count('websocket', client)
      forwardUpgrade(this, request, client, early)
    })
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Changes what is spoilt; what is not named stays as it is. */
  set(faults: Partial<Faults>): void {
    this.faults = { ...this.faults, ...faults }
  }

  /** Lets everything pass again, on the same port. */
  async reset(): Promise<void> {
    this.faults = { ...noFaults }
    this.#hung = false
    this.carriers.spare()
    for (const wire of this.#waiting.splice(0)) this.#http.emit('connection', wire)
    if (!this.#server.listening) await this.up()
  }

  /** Ends all connections, or those of one kind: by a FIN, as a proxy that restarts, or an RST, as one that forgot them. */
  kill(how: 'fin' | 'rst', kind?: Kind): void {
    for (const wire of this.#wires) if (kind === undefined || kind === wire.kind) wire.kill(how)
  }

  /**
   * From now on all bytes vanish in this direction, without a FIN or an RST. After `reset()` connections from before stay
   * dead, as where a NAT forgot them; those that were begun meanwhile get through, as TCP would send again what they said
   * (its handshake needs both directions).
   */
  hang(direction: Direction | 'both' = 'both'): void {
    this.#hung = true
    for (const wire of this.#wires) {
      if (direction !== 'down') wire.vanish('up')
      if (direction !== 'up') wire.vanish('down')
    }
  }

  /**
   * Cuts every open WebSocket, stream and long-poll once, at the next bytes that have such a place: what stands before it
   * reaches a page that reads. A poll whose answer does not have it leaves its cut to the next poll.
   * @returns how many wait for their cut now
   */
  cutAt(place: CutPlace, how: 'fin' | 'rst' = 'rst'): number {
    return this.carriers.cutAt({ place, how })
  }

  /** Refuses connections, and ends those there are. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.kill('rst')
    await closed
  }

  async up(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    const address: string | AddressInfo | null = this.#server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.down()
    for (const upstream of this.#upstreams) upstream.destroy()
    this.#http.close()
  }

  counts(): MiddleboxCounts {
    let queued = 0
    for (const wire of this.#wires) queued += wire.queued
    for (const { readableLength, writableLength } of this.#upstreams) queued += readableLength + writableLength
    return {
      connections: this.#connections,
      open: this.#wires.size,
      requests: { ...this.#requests },
      cuts: this.carriers.cuts,
      queued,
    }
  }

  /** Counts from zero again. */
  forget(): void {
    this.#connections = 0
    this.#requests = noRequests()
    this.carriers.cuts = 0
  }

  /* ------------------------------------------------------------------ for the files in middlebox/ */

  count(kind: Kind, wire: Wire): void {
    this.#requests[kind]++
    wire.kind = kind
  }

  /** A connection to the server: held so that it can be ended with the middlebox, even where its client has vanished. */
  adopt(upstream: Socket): void {
    this.#upstreams.add(upstream)
    upstream.on('close', () => this.#upstreams.delete(upstream))
    upstream.on('error', () => {})
  }

  #accept(socket: Socket): void {
    this.#connections++
    const wire = new Wire(socket, () => this.faults)
    this.#wires.add(wire)
    socket.on('close', () => this.#wires.delete(wire))
    if (this.#hung) this.#waiting.push(wire)
    else this.#http.emit('connection', wire)
  }
}

/** @param target the URL of the server behind */
export async function startMiddlebox(target: string, options?: MiddleboxOptions): Promise<Middlebox> {
  const box = new Middlebox(target, options)
  await box.up()
  return box
}

function noRequests(): Record<Kind, number> {
  return { websocket: 0, sse: 0, poll: 0, post: 0, preflight: 0, other: 0 }
}
