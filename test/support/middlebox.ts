import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CutPlace, type Direction, type Faults, type Kind, noFaults } from './middlebox/faults.js'
import { forwardRequest } from './middlebox/request.js'
import { forwardUpgrade } from './middlebox/upgrade.js'

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
  #waiting: Socket[] = []
  readonly #clients = new Map<Socket, { since: number; kind: Kind | undefined }>()
  readonly #vanished = new WeakSet<Socket>()
  readonly #upstreams = new Set<Socket>()
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
      if (!(client instanceof Socket)) return
      this.count('websocket', client)
      forwardUpgrade(this, request, client, early).catch(() => client.destroy())
    })
    this.#server = createServer((client) => this.#accept(client))
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
    for (const client of this.#waiting.splice(0)) this.#http.emit('connection', client)
    if (!this.#server.listening) await this.up()
  }

  /** Ends all connections, or those of one kind: by a FIN, as a proxy that restarts, or an RST, as one that forgot them. */
  kill(how: 'fin' | 'rst', kind?: Kind): void {
    for (const [client, state] of this.#clients) {
      if (kind !== undefined && kind !== state.kind) continue
      if (how === 'rst') client.resetAndDestroy()
      else client.destroy()
    }
  }

  /**
   * From now on all bytes vanish, without a FIN or an RST. After `reset()` connections from before stay dead, as where a
   * NAT forgot them; those that were begun meanwhile get through, as TCP would send again what they said.
   */
  hang(_direction: Direction | 'both' = 'both'): void {
    this.#hung = true
    for (const client of this.#clients.keys()) this.#vanished.add(client)
  }

  /**
   * Cuts every open carrier once, at the next bytes where it is possible.
   * @returns how many carriers wait for their cut now
   */
  cutAt(_place: CutPlace, _how: 'fin' | 'rst' = 'rst'): number {
    return 0
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
    return { connections: this.#connections, open: this.#clients.size, requests: { ...this.#requests } }
  }

  /** Counts from zero again. */
  forget(): void {
    this.#connections = 0
    this.#requests = noRequests()
  }

  /* ------------------------------------------------------------------ for the files in middlebox/ */

  count(kind: Kind, client: Socket): void {
    this.#requests[kind]++
    const state = this.#clients.get(client)
    if (state !== undefined) state.kind = kind
  }

  vanished(client: Socket): boolean {
    return this.#vanished.has(client)
  }

  /** A connection to the server: held so that it can be ended with the middlebox, even where its client has vanished. */
  adopt(upstream: Socket): void {
    this.#upstreams.add(upstream)
    upstream.on('close', () => this.#upstreams.delete(upstream))
    upstream.on('error', () => {})
  }

  /** The way up: half a round trip, and on a new connection the rest of the handshake's. */
  async travelUp(client: Socket): Promise<void> {
    const { delay } = this.faults
    if (delay === 0) return
    const handshake = (this.#clients.get(client)?.since ?? 0) + delay - performance.now()
    await sleep(Math.max(0, handshake) + delay / 2)
  }

  #accept(client: Socket): void {
    this.#connections++
    this.#clients.set(client, { since: performance.now(), kind: undefined })
    client.on('error', () => {})
    client.setNoDelay(true)
    client.on('close', () => this.#clients.delete(client))
    if (this.#hung) this.#waiting.push(client)
    else this.#http.emit('connection', client)
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
