import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.js'
import { findService, howToGetService } from './services.mjs'

export interface RedisServerOptions {
  /**
   * Whether what was answered outlives the process (an append-only file, synced before each answer). Default false: it
   * comes back empty, or as it was at the last SAVE.
   */
  durable?: boolean
}

/** A real Redis in a folder of its own, that tests can kill, stop and start again. */
export class RedisServer implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #port: number
  readonly #durable: boolean
  #process: ChildProcess | undefined

  private constructor(folder: string, port: number, durable: boolean) {
    this.url = `redis://127.0.0.1:${port}`
    this.#folder = folder
    this.#port = port
    this.#durable = durable
  }

  static async start({ durable = false }: RedisServerOptions = {}): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-redis-'))
    for (let attempt = 1; ; attempt += 1) {
      const server = new RedisServer(folder, await freePort(), durable)
      try {
        await server.restart()
        return server
      } catch (error) {
        // Somebody else took the port meanwhile.
        if (attempt === 3) throw error
      }
    }
  }

  /** Starts what was killed, on the same port, with what it had written. */
  async restart(): Promise<void> {
    const program = findService('redis')
    if (program === undefined) throw new Error(howToGetService('redis'))
    const appendOnly = this.#durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
    const place = ['--bind', '127.0.0.1', '--port', `${this.#port}`, '--dir', this.#folder]
    const child = spawn(program, [...place, '--save', '', ...appendOnly], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process = child
    const lines: string[] = []
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`redis-server ended:\n${lines.join('\n')}`)))
      createInterface(child.stdout).on('line', (line) => {
        lines.push(line)
        if (line.includes('Ready to accept connections')) resolve()
      })
    })
  }

  /** SIGKILL. What is connected hears of it by a reset. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** SIGSTOP: connections stay, and new ones are accepted, but nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
