import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { build } from 'esbuild'
import { expect } from 'vitest'
import { connect, longPoll, sse, websocket } from '../../src/index.js'
import type { Transport } from '../../src/seams.js'
import type { Census, HubUnderAttack, Order, Vitals } from './hub-contract.js'
import type { Raw } from './raw.js'

const folder = join(import.meta.dirname, '../.artifacts')
const MiB = 1_048_576

/** A hub in a process of its own, with clients beside that must not feel what is done to it. */
export class Attacked implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly port: number
  readonly witnesses: readonly Witness[]

  private constructor(child: ChildProcess, port: number, transports: readonly Transport[]) {
    this.#process = child
    this.port = port
    this.witnesses = transports.map((transport) => new Witness(this.url, transport))
  }

  /** @param transports of the clients beside it */
  static async start(hub: HubUnderAttack = {}, transports = [websocket(), sse(), longPoll()]): Promise<Attacked> {
    // Beside the packages that it imports, and only until it runs.
    const module = join(folder, `hub-process-${randomUUID()}.mjs`)
    await writeFile(module, await compiled())
    const child = fork(module, [JSON.stringify(hub)], { execArgv: ['--expose-gc'] })
    const [port] = await once(child, 'message')
    await rm(module)
    const attacked = new Attacked(child, Number(port), transports)
    await Promise.all(attacked.witnesses.map(({ live }) => live.opened))
    await attacked.publish({ every: 20 })
    return attacked
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/live`
  }

  /** Where the first witness is. */
  get position(): string {
    return this.witnesses[0]?.live.state.lastEventId ?? ''
  }

  vitals(): Promise<Vitals> {
    return this.#ask({ order: 'vitals' })
  }

  publish(how: Omit<Order, 'order'> = {}): Promise<number> {
    return this.#ask({ order: 'publish', ...how })
  }

  /** The most that the hub's process holds while something goes on. */
  async peak(meanwhile: Promise<unknown>): Promise<number> {
    let over = false
    meanwhile.then(() => {
      over = true
    })
    let most = 0
    while (!over) {
      most = Math.max(most, (await this.vitals()).held)
      await setTimeout(100)
    }
    await meanwhile
    return most
  }

  /** Looks again and again until it is so. */
  async until(is: (census: Census) => boolean): Promise<void> {
    while (!is(await this.#ask<Census>({ order: 'census' }))) await setTimeout(10)
  }

  /** Resolves when the server has none of these sockets any more. */
  async isRidOf(...raws: readonly Raw[]): Promise<void> {
    const ports = new Set(raws.map(({ port }) => port))
    await this.until((census) => !census.ports.some((port) => ports.has(port)))
  }

  /**
   * The attack is over: the hub lives, nothing went wrong in it, it holds no more than before, and whoever else was there
   * has heard every event, once and in order, on the connection that he had.
   */
  async isSound(before: Vitals, growth = 8 * MiB): Promise<void> {
    const published: number = await this.#ask({ order: 'stop' })
    await Promise.all(this.witnesses.map((witness) => witness.hasHeard(published)))
    const vitals = await this.vitals()
    expect(vitals.errors).toEqual([])
    expect(vitals.held - before.held).toBeLessThan(growth)
    await this.publish({ every: 20 })
  }

  #ask<Answer>(order: Order): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`The hub's process ended with code ${code}.`))
      this.#process.once('exit', ended)
      this.#process.once('message', (message) => {
        this.#process.off('exit', ended)
        resolve(message as Answer)
      })
    })
    this.#process.send(order)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { live } of this.witnesses) live.close()
    const ended = once(this.#process, 'exit')
    this.#process.disconnect()
    if (this.#process.exitCode === null) await ended
  }
}

/** A client that keeps to the protocol, on one transport. */
class Witness {
  readonly live
  readonly #numbers: number[] = []
  readonly #faults: unknown[] = []
  #heard = () => {}

  constructor(url: string, transport: Transport) {
    this.live = connect<{ tick: { number: number } }>(url, { transports: [transport] })
    this.live.on('tick', ({ data }) => {
      this.#numbers.push(data.number)
      this.#heard()
    })
    this.live.onGap((gap) => this.#faults.push(gap))
    this.live.onError((error) => this.#faults.push(error))
  }

  async hasHeard(count: number): Promise<void> {
    while ((this.#numbers.at(-1) ?? 0) < count)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    expect(this.#faults).toEqual([])
    expect(this.#numbers).toEqual(Array.from({ length: count }, (_, index) => index + 1))
  }
}

let compiling: Promise<string> | undefined

/** The hub's process as one module, of the sources as they are. */
function compiled(): Promise<string> {
  compiling ??= (async () => {
    await mkdir(folder, { recursive: true })
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, 'hub-process.ts')],
      write: false,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    })
    return outputFiles[0]?.text ?? ''
  })()
  return compiling
}
