import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { until } from '../flow/scenarios/recorder.js'
import { freePort } from '../support/free-port.js'
import { RedisServer } from '../support/redis.js'
import { Program } from './program.js'
import { exampleFolder } from './proxies.js'

/** How long it waits for the health checks when it stops, and in which time its clients leave, in ms. */
const NOTICE = 300
const WINDOW = 500

/** What it says of itself. */
interface Health {
  /** Whether it may be sent anybody new. */
  readonly ok: boolean
  readonly process: number
  readonly clients: number
}

/** The example's server, in a process of its own. */
export class ExampleProcess {
  readonly port: number
  readonly #program: Program

  private constructor(port: number, redis: string, notice: number) {
    this.port = port
    const env = { PORT: `${port}`, REDIS_URL: redis, NOTICE: `${notice}`, WINDOW: `${WINDOW}` }
    const script = join(exampleFolder, 'server.mjs')
    this.#program = new Program({ command: process.execPath, args: [script], port, env })
  }

  /** Starts two of them, and the Redis that they share. They are killed when the test is over. */
  static async startTwo(
    notice = NOTICE,
  ): Promise<{ redis: string; processes: readonly [ExampleProcess, ExampleProcess] }> {
    const redis = await RedisServer.start()
    const make = async () => new ExampleProcess(await freePort(), redis.url, notice)
    const processes = [await make(), await make()] as const
    onTestFinished(async () => {
      for (const each of processes) await each.kill()
      await redis[Symbol.asyncDispose]()
    })
    await Promise.all(processes.map((each) => each.start()))
    return { redis: redis.url, processes }
  }

  start(): Promise<void> {
    return this.#program.start()
  }

  /** As a deployment does it. Resolves when it has ended by itself, and well. */
  async stop(): Promise<void> {
    const code = await this.#program.stop()
    if (code !== 0) throw new Error(`It ended with ${code}:\n${this.#program.output}`)
  }

  kill(): Promise<void> {
    return this.#program.kill()
  }

  health(): Promise<Health> {
    return healthAt(`http://127.0.0.1:${this.port}`)
  }

  /** Resolves when the proxy sends new requests to it, and not to the other one, which has more connections, or none to give. */
  async isChosen(proxy: string): Promise<void> {
    const { process } = await this.health()
    await until(async () => expect(await healthAt(proxy)).toMatchObject({ ok: true, process }))
  }
}

async function healthAt(url: string): Promise<Health> {
  const response = await fetch(`${url}/health`)
  return { ok: response.ok, ...(await response.json()) }
}
