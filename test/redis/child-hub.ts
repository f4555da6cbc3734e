import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { RedisHistoryOptions } from '../../src/server/redis/index.js'

const here = dirname(fileURLToPath(import.meta.url))
// Beside the tests, so that its packages are found.
const program = join(here, '../.artifacts', `hub-process-${process.pid}.mjs`)

/** A hub in a process of its own, that tests can kill and stop in the middle of a message. */
export class ChildHub implements AsyncDisposable {
  readonly url: string
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#process = child
    this.url = url
  }

  static async start(options: RedisHistoryOptions): Promise<ChildHub> {
    mkdirSync(dirname(program), { recursive: true })
    await build({
      entryPoints: [join(here, 'hub-process.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['redis', 'ws'],
    })
    const child = fork(program, [JSON.stringify(options)], { execArgv: [] })
    const [{ url }] = await once(child, 'message')
    rmSync(program)
    return new ChildHub(child, url)
  }

  /** Resolves when its handler has begun. */
  async handling(): Promise<void> {
    await once(this.#process, 'message')
  }

  /** Lets its handler go on. */
  finish(): void {
    this.#process.send('finish')
  }

  pause(): void {
    this.#process.kill('SIGSTOP')
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }

  /** Closes the hub and the server, and nothing else. Resolves when the process has ended by itself. */
  async close(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.send('close')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
