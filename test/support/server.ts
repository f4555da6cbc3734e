import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { createHub, HoldfastError, type Hub, type HubOptions, type PublishOptions } from '../../src/server/index.js'
import { servePages } from './pages.js'
import { reset } from './reset.js'

export interface TestServerOptions {
  /** ms. Default: the hub's. */
  heartbeat?: number
  limits?: HubOptions['limits']
  /** Bearer tokens and the principals they stand for; a cookie `token` does as well. Default: everybody may come, without one. */
  tokens?: Record<string, string>
  /** How long an authorization lasts, in ms. Default: for ever. */
  lifetime?: number
  /** The test pages are served too (test/support/pages.ts): same origin. Default: nothing else is there. */
  pages?: boolean
}

/** What the server saw of one request or hello that asked to be let in. */
export interface Visit {
  readonly transport: string
  readonly headers: Record<string, string>
  readonly topics: readonly string[]
  readonly url: string
}

/** A message that was handled. */
export interface Handled {
  readonly type: string
  readonly data: unknown
  readonly transport: string
  readonly principal: string
}

/** A hub that tests can kill, restart and look into. What it takes and gives is JSON, for tests that run in a browser. */
export class TestServer {
  readonly #options: TestServerOptions
  readonly #tokens: Map<string, string> | undefined
  readonly #sockets = new Set<Socket>()
  #hub: Hub
  #server: Server | undefined
  #port = 0
  #visits: Visit[] = []
  #messages: Handled[] = []

  constructor(options: TestServerOptions = {}) {
    this.#options = options
    this.#tokens = options.tokens && new Map(Object.entries(options.tokens))
    this.#hub = this.#makeHub()
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/live`
  }

  /**
   * Listens, on the same port each time. `fresh`: as a process that has just been started, with an empty history and nobody
   * known; else with all that the hub had, and what was published while it was stopped.
   */
  async start({ fresh = false }: { fresh?: boolean } = {}): Promise<void> {
    if (fresh) {
      await this.#hub.close()
      this.#hub = this.#makeHub()
    }
    const { pages } = this.#options
    const server = createServer(pages ? servePages : (_request, response) => response.writeHead(404).end())
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#hub.attach(server, { path: '/live' })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#server = server
    const address = server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
  }

  /** Refuses connections from now on, and cuts those there are by RST, as a process that was killed. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
    this.kill()
    await closed
  }

  /** Cuts all connections by RST, and goes on listening. */
  kill(): void {
    for (const socket of this.#sockets) reset(socket)
  }

  publish(type: string, data: unknown, options?: PublishOptions): Promise<string | undefined> {
    return this.#hub.publish(type, data, options)
  }

  /** Publishes the numbers from `first` on, each as the data of one event. */
  async publishNumbers(type: string, first: number, count: number, options?: PublishOptions): Promise<void> {
    const all = Array.from({ length: count }, (_, index) => this.#hub.publish(type, first + index, options))
    await Promise.all(all)
  }

  /** Tells all clients to leave within so many ms, and takes new ones again after `start({ fresh: true })`. */
  drain(window: number): Promise<void> {
    return this.#hub.drain({ window })
  }

  /** Ends all carriers with an error block of this code. */
  disconnect(code?: 'expired' | 'unauthorized' | 'unavailable'): number {
    return this.#hub.disconnect(undefined, code === undefined ? {} : { code })
  }

  /** A token that is no good from now on. Carriers that it opened stay. */
  revoke(token: string): void {
    this.#tokens?.delete(token)
  }

  allow(token: string, principal: string): void {
    this.#tokens?.set(token, principal)
  }

  /** Open carriers by transport, and TCP connections. */
  counts(): { websocket: number; sse: number; poll: number; connections: number } {
    const counts = { websocket: 0, sse: 0, poll: 0, connections: this.#sockets.size }
    for (const { transport } of this.#hub.clients) {
      if (transport === 'websocket' || transport === 'sse') counts[transport]++
      else if (transport !== 'post') counts.poll++
    }
    return counts
  }

  /** Everybody who asked to be let in, oldest first. */
  visits(): readonly Visit[] {
    return this.#visits
  }

  /** Every message that was handled, in order. A message is answered with `{ echo: data }`; type `refuse` with an error. */
  messages(): readonly Handled[] {
    return this.#messages
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#hub.close()
  }

  #makeHub(): Hub {
    const { heartbeat, limits, lifetime } = this.#options
    const hub = createHub({
      // Pages of tests are served by the test runner, on another port.
      allowedOrigins: (origin) =>
        /^https?:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/.test(origin) || origin === 'http://app.test',
      authorize: ({ headers, topics, transport, url }) => {
        this.#visits.push({ transport, headers: Object.fromEntries(headers), topics, url })
        const token =
          /^Bearer (.*)$/.exec(headers.get('authorization') ?? '') ?? /\btoken=(\w+)/.exec(headers.get('cookie') ?? '')
        const principal = this.#tokens ? this.#tokens.get(token?.[1] ?? '') : 'everybody'
        if (principal === undefined) return { status: 401 }
        return { principal, ...(lifetime !== undefined && { expires: Date.now() + lifetime }) }
      },
      ...(heartbeat !== undefined && { heartbeat }),
      // Many pages, one principal.
      limits: { connectionsPerPrincipal: 1000, ...limits },
    })
    hub.onMessage(({ type, data }, { transport, principal }) => {
      this.#messages.push({ type, data, transport, principal })
      if (type === 'refuse') throw new HoldfastError('refused-by-handler', 'The handler refuses this type.')
      return { echo: data }
    })
    return hub
  }
}

export async function startTestServer(options?: TestServerOptions): Promise<TestServer> {
  const server = new TestServer(options)
  await server.start()
  return server
}
