import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface ProgramOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Where it will listen. */
  readonly port: number
  readonly env?: NodeJS.ProcessEnv
}

/** A server in a process of its own, that can be killed and started again. */
export class Program {
  readonly #options: ProgramOptions
  #child: ChildProcess | undefined
  #output = ''

  constructor(options: ProgramOptions) {
    this.#options = options
  }

  /** All that it has said. */
  get output(): string {
    return this.#output
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const { command, args, env, port } = this.#options
    // A group of its own, so that workers die with it.
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text
      })
    while (!(await takesConnections(port))) {
      if (hasEnded(child)) throw new Error(`${command} ended:\n${this.#output}`)
      await pause(10)
    }
  }

  /** Resolves when it has said, after the signal, what is expected. */
  async signal(signal: NodeJS.Signals, expected: RegExp): Promise<void> {
    const before = this.#output.length
    this.#child?.kill(signal)
    await this.says(expected, before)
  }

  /** Resolves when it has said what is expected. */
  async says(expected: RegExp, from = 0): Promise<void> {
    while (!expected.test(this.#output.slice(from))) await pause(10)
  }

  /** Asks it to stop. Resolves, with its exit code, when it has. */
  async stop(): Promise<number | null> {
    return this.#end((child) => child.kill('SIGTERM'))
  }

  /** Leaves it no time for anything. */
  async kill(): Promise<void> {
    await this.#end(({ pid }) => pid !== undefined && process.kill(-pid, 'SIGKILL'))
  }

  async #end(how: (child: ChildProcess) => void): Promise<number | null> {
    const child = this.#child
    if (child === undefined || hasEnded(child)) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    how(child)
    await exited
    return child.exitCode
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}
