import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { until } from '../flow/scenarios/recorder.js'
import { RedisServer } from '../support/redis.js'
import { freePort } from './free-port.js'
import { Program } from './program.js'
import { exampleFolder } from './proxies.js'

/** How long it waits for the health checks when it stops, and in which time its clients leave, in ms. */
const NOTICE = 300
const WINDOW = 500

/** The example's server, in a process of its own. */
export class ExampleProcess {
  readonly port: number
  readonly #program: Program

  private constructor(port: number, redis: string) {
    this.port = port
    const env = { PORT: `${port}`, REDIS_URL: redis, NOTICE: `${NOTICE}`, WINDOW: `${WINDOW}` }
    const script = join(exampleFolder, 'server.mjs')
    this.#program = new Program({ command: process.execPath, args: [script], port, env })
  }

  /** Starts two of them, and the Redis that they share. They are killed when the test is over. */
  static async startTwo(): Promise<{ redis: string; processes: readonly [ExampleProcess, ExampleProcess] }> {
    const redis = await RedisServer.start()
    const make = async () => new ExampleProcess(await freePort(), redis.url)
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

  /** How many clients it has, by its own word. */
  async clients(): Promise<number> {
    return (await health(`http://127.0.0.1:${this.port}`)).clients
  }

  /** Resolves when the proxy sends new requests to it again: it has the fewest connections. */
  async isChosen(proxy: string): Promise<void> {
    const { process } = await health(`http://127.0.0.1:${this.port}`)
    await until(async () => expect((await health(proxy)).process).toBe(process))
  }
}

async function health(url: string): Promise<{ process: number; clients: number }> {
  const response = await fetch(`${url}/health`)
  if (!response.ok) throw new Error(`The health check is answered with ${response.status}.`)
  return response.json()
}
