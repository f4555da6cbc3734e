import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import type { FromServer, ServerSettings, ToServer } from './server/messages.js'

/** One server process, from its start to its end. */
export class ServerProcess {
  /** Counts all of one world. */
  readonly instance: number
  readonly #child: ChildProcess
  readonly #hear: (message: FromServer, server: ServerProcess) => void
  port = 0
  /** It takes what is asked of it. */
  running = false
  drained: Promise<void>

  constructor(program: string, instance: number, hear: (message: FromServer, server: ServerProcess) => void) {
    this.instance = instance
    this.#hear = hear
    // They start often: what Node has compiled once is kept beside the program.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(dirname(program), 'compiled') }
    this.#child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env })
    const drained = Promise.withResolvers<void>()
    this.drained = drained.promise
    this.#child.on('message', (message: FromServer) => {
      if (message.kind === 'started') this.port = message.port
      if (message.kind === 'drained') drained.resolve()
      this.#hear(message, this)
    })
    this.#child.on('exit', () => {
      this.running = false
      drained.resolve()
    })
    // A message to a process that has just been killed.
    this.#child.on('error', () => {})
  }

  /** Resolves when it listens. */
  async start(settings: ServerSettings): Promise<void> {
    this.say({ kind: 'start', settings })
    await new Promise<void>((resolve, reject) => {
      this.#child.on('message', (message: FromServer) => message.kind === 'started' && resolve())
      this.#child.once('exit', (code, signal) =>
        reject(new Error(`A server process ended with ${code ?? signal} before it listened.`)),
      )
    })
    this.running = true
  }

  say(message: ToServer): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** Resolves when it is gone and all that it had said was heard. */
  async kill(): Promise<void> {
    this.running = false
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await gone
  }
}
