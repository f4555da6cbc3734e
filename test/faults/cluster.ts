import { RedisServer } from '../support/redis.js'
import type { Random } from '../support/simulation/random.js'
import { Balancer } from './balancer.js'
import type { FromServer, ServerSettings, Store } from './server/messages.js'
import { ServerProcess } from './servers.js'
import { HEARTBEAT, SHORT_MEMORY, type WorldSettings } from './settings.js'

/** Where a world has little patience, few bytes may wait for a client, and who was away is soon served from the history. */
const IMPATIENT = { queuedBytes: 16_384, recentEvents: 16 }

/** The server processes of one world: one with a memory, or two on one Redis behind a balancer. */
export class Cluster {
  redis: RedisServer | undefined
  readonly #programs: { readonly page: string; readonly server: string }
  readonly #settings: WorldSettings
  readonly #hear: (message: FromServer, server: ServerProcess) => void
  /** By their places. */
  readonly #places: (ServerProcess | undefined)[]
  readonly #balancer = new Balancer(() => this.running.map(({ port }) => port))
  #instances = 0
  #token = 1

  constructor(
    programs: { readonly page: string; readonly server: string },
    settings: WorldSettings,
    hear: (message: FromServer, server: ServerProcess) => void,
  ) {
    this.#programs = programs
    this.#settings = settings
    this.#hear = hear
    const count = settings.store === 'redis' ? 2 : 1
    this.#places = Array.from({ length: count }, () => undefined)
  }

  /** How many there are where all are well. */
  get size(): number {
    return this.#places.length
  }

  /** Those that take connections, and what is published. */
  get running(): ServerProcess[] {
    return this.#places.flatMap((server) => (server?.running ? [server] : []))
  }

  /** The one in this place, whatever its state. */
  at(place: number): ServerProcess | undefined {
    return this.#places[place]
  }

  /** What leads to them. */
  get url(): string {
    return `http://127.0.0.1:${this.#balancer.port}`
  }

  async open(): Promise<void> {
    if (this.#settings.store === 'redis') this.redis = await RedisServer.start({ durable: true })
    await this.#balancer.open()
    for (let place = 0; place < this.size; place++) await this.start(place)
  }

  async start(place: number): Promise<void> {
    const { guarded, lifetime, patient } = this.#settings
    const settings: ServerSettings = {
      heartbeat: HEARTBEAT,
      store: this.#store(),
      ...(!patient && { limits: IMPATIENT }),
      guarded,
      lifetime,
      page: this.#programs.page,
    }
    const server = new ServerProcess(this.#programs.server, ++this.#instances, this.#hear)
    this.#places[place] = server
    server.say({ kind: 'token', token: this.token })
    await server.start(settings)
  }

  #store(): Store {
    const { store } = this.#settings
    if (this.redis) return { kind: 'redis', url: this.redis.url }
    return { kind: 'memory', ...(store === 'short' && { maxEvents: SHORT_MEMORY }) }
  }

  /** Whom to ask to publish. */
  pick(random: Random): ServerProcess | undefined {
    const { running } = this
    return running.length > 0 ? random.pick(running) : undefined
  }

  /** The token of the day. */
  get token(): string {
    return `t${this.#token}`
  }

  /** The token that pages have is no good any more. */
  changeToken(): void {
    this.#token++
    for (const server of this.#places) server?.say({ kind: 'token', token: this.token })
  }

  async close(): Promise<void> {
    this.#balancer.close()
    await Promise.all(this.#places.map((server) => server?.kill()))
    await this.redis?.[Symbol.asyncDispose]()
  }
}
