import type { Commands } from './commands.js'
import { renewScript } from './ledger-scripts.js'

/** Claims that one script renews. */
const BATCH = 500

/** The claims that this process holds, renewed together while there are any. */
export class Leases {
  readonly #commands: Commands
  readonly #process: string
  readonly #lease: number
  /** The clients' keys. A client has one message handled at a time. */
  readonly #held = new Set<string>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(commands: Commands, process: string, lease: number) {
    this.#commands = commands
    this.#process = process
    this.#lease = lease
  }

  hold(key: string): void {
    this.#held.add(key)
    this.#timer ??= setInterval(() => this.#renew(this.#lease), this.#lease / 3).unref()
  }

  drop(key: string): void {
    this.#held.delete(key)
    if (this.#held.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renew(0)
    this.#held.clear()
  }

  async #renew(lease: number): Promise<void> {
    // While Redis is away its clock goes on, and the claims may be lost: then what is stored first counts.
    if (!this.#commands.link.isReady) return
    const keys = [...this.#held]
    for (let index = 0; index < keys.length; index += BATCH)
      await this.#commands
        .run('send', renewScript, keys.slice(index, index + BATCH), [this.#process, `${lease}`])
        .catch(() => {})
  }
}
