import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { readProcessorTime } from '../processor.js'
import { Child } from './child.js'

/** The modules of a server's process and of its clients' process. */
export interface Modules {
  readonly server: string
  readonly audience: string
}

/** Bytes of a server for each connection. */
export interface Memory {
  readonly rss: number
  readonly heap: number
}

/** What some events took until all clients had them all. */
export interface Delivery {
  /** By the clock, in ms. */
  readonly time: number
  /** Of the server's CPU, in ms. */
  readonly processor: number
}

/** Connections that are not counted: code is compiled, and tables have grown, by the first ones. */
const FIRST = 200

export async function buildBroadcast(): Promise<Modules> {
  // All of the bench is compiled into one file in .build.
  const benchFolder = join(dirname(fileURLToPath(import.meta.url)), '..')
  const outdir = join(benchFolder, '.build', 'broadcast')
  await build({
    entryPoints: ['server', 'audience'].map((name) => join(benchFolder, 'broadcast', `${name}.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  return { server: join(outdir, 'server.mjs'), audience: join(outdir, 'audience.mjs') }
}

/** One broadcaster's server, and its clients, each in a process of its own. */
export class Stage {
  readonly #server: Child
  readonly #audience: Child
  readonly #first: Memory
  #published = 0

  private constructor(
    readonly name: string,
    server: Child,
    audience: Child,
    first: Memory,
  ) {
    this.#server = server
    this.#audience = audience
    this.#first = first
  }

  static async open(name: string, modules: Modules): Promise<Stage> {
    const server = new Child(modules.server, name)
    const { port = 0 } = await server.ask('listen')
    const audience = new Child(modules.audience, name, String(port))
    await audience.ask('open', FIRST)
    return new Stage(name, server, audience, await memoryOf(server))
  }

  /** Lets clients in until there are so many. */
  async fill(clients: number): Promise<Memory> {
    await this.#audience.ask('open', clients)
    const { rss, heap } = await memoryOf(this.#server)
    const counted = clients - FIRST
    return { rss: (rss - this.#first.rss) / counted, heap: (heap - this.#first.heap) / counted }
  }

  /** Lets clients go until there are so many. */
  async empty(clients: number): Promise<void> {
    await this.#audience.ask('close', clients)
    await this.#server.ask('left', clients)
  }

  /** Events in one turn of the server, to everybody. */
  async play(events: number): Promise<Delivery> {
    this.#published += events
    const before = await this.#processor()
    const heard = this.#audience.ask('hear', this.#published)
    const [{ at: began = 0 }, { at: ended = 0 }] = await Promise.all([this.#server.ask('publish', events), heard])
    return { time: ended - began, processor: (await this.#processor()) - before }
  }

  async close(): Promise<void> {
    await this.#audience.close()
    await this.#server.close()
  }

  async #processor(): Promise<number> {
    return (await readProcessorTime([this.#server.pid])).all
  }
}

async function memoryOf(server: Child): Promise<Memory> {
  const { rss = 0, heap = 0 } = await server.ask('memory')
  return { rss, heap }
}
