import { HoldfastError } from '../../errors.js'
import type { HistoryItem } from '../history.js'
import { randomText } from '../random.js'
import type { Commands } from './commands.js'
import { argumentsOf, type Keys, type Place, positionOf } from './entries.js'
import type { RedisHistorySettings } from './options.js'
import { appendScript } from './scripts.js'

/** How long Redis remembers what a process appended last, in ms: longer than a copy of it can be on its way. */
const REMEMBERED = 900_000

/** What one batch holds at most: a script holds up all others while it runs. */
const BATCH = { items: 500, characters: 1_048_576 }

interface Pending {
  readonly item: HistoryItem
  readonly deadline: number
  resolve(position: string): void
  reject(error: unknown): void
}

/**
 * Appends in the order of the calls, many at once: while one batch is on its way the next one gathers.
 *
 * A batch has a number. One that got no answer is sent again with the same number, and Redis appends it once; a copy that
 * comes after the next batch is dropped.
 */
export class Writer {
  readonly #commands: Commands
  readonly #keys: Keys
  readonly #settings: RedisHistorySettings
  readonly #appended: (place: Place) => void
  readonly #own: string
  #queue: Pending[] = []
  #characters = 0
  #number = 0
  /** The one that is known; else the first batch is told of it, and is sent once more. */
  generation = ''
  #running: Promise<void> | undefined
  #closed = false

  /** @param appended told of the newest entry that Redis has confirmed */
  constructor(
    commands: Commands,
    keys: Keys,
    process: string,
    settings: RedisHistorySettings,
    appended: (place: Place) => void,
  ) {
    this.#commands = commands
    this.#keys = keys
    this.#settings = settings
    this.#appended = appended
    this.#own = keys.writer + process
  }

  append(item: HistoryItem): Promise<string> {
    const { timeout, maxPending } = this.#settings
    if (this.#closed) return Promise.reject(new HoldfastError('closed', 'publish: the history is closed.'))
    if (this.#queue.length >= maxPending.events || this.#characters >= maxPending.bytes)
      return Promise.reject(
        new HoldfastError(
          'unavailable',
          `publish: ${this.#queue.length} events wait for Redis already (maxPending). Nothing was stored.`,
          { cause: this.#commands.outage.error },
        ),
      )
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, deadline: Date.now() + timeout, resolve, reject })
      this.#characters += item.text.length
      // What is published in one turn goes together.
      this.#running ??= Promise.resolve().then(() => this.#run())
    })
  }

  /** Takes no more, and resolves when what was taken has had its outcome. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      if (!this.#commands.link.isReady) await this.#wait()
      const batch = this.#take()
      if (batch.length > 0) await this.#store(batch)
    }
    this.#running = undefined
  }

  /** Until there is a connection, or nothing waits any more. */
  async #wait(): Promise<void> {
    while (this.#queue.length > 0 && !this.#commands.link.isReady && !this.#commands.link.isClosed) {
      const oldest = this.#queue[0]
      await this.#commands.link.ready((oldest?.deadline ?? 0) - Date.now()).catch(() => {})
      if (!this.#commands.link.isReady) this.#expire()
    }
  }

  /** Those whose time is up were never sent. */
  #expire(): void {
    const now = this.#commands.link.isClosed ? Number.POSITIVE_INFINITY : Date.now()
    let count = 0
    for (const { deadline } of this.#queue) {
      if (deadline > now) break
      count += 1
    }
    for (const pending of this.#remove(count)) pending.reject(this.#commands.unavailable('publish', false))
  }

  #take(): Pending[] {
    let [count, characters] = [0, 0]
    for (const { item } of this.#queue) {
      if (count > 0 && (count >= BATCH.items || characters + item.text.length > BATCH.characters)) break
      count += 1
      characters += item.text.length
    }
    return this.#remove(count)
  }

  #remove(count: number): Pending[] {
    const removed = this.#queue.splice(0, count)
    for (const { item } of removed) this.#characters -= item.text.length
    return removed
  }

  async #store(batch: readonly Pending[]): Promise<void> {
    try {
      const ids = await this.#append(batch)
      const generation = this.generation
      this.#appended({ generation, id: ids.at(-1) ?? '' })
      for (const [index, { resolve }] of batch.entries()) resolve(positionOf({ generation, id: ids[index] ?? '' }))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async #append(batch: readonly Pending[]): Promise<string[]> {
    const { maxLength, maxAge } = this.#settings
    const keys = [this.#keys.events, this.#keys.head, this.#own]
    const items = batch.flatMap(({ item }) => argumentsOf(item))
    for (;;) {
      this.#number += 1
      const settings = [`${this.#number}`, `${maxLength}`, `${maxAge ?? ''}`, `${REMEMBERED}`, this.generation]
      const args = [randomText(12), ...settings, ...items]
      const { reply, again } = await this.#commands.ask('publish', appendScript, keys, args, batch[0]?.deadline)
      const [generation = '', ...ids] = typeof reply === 'string' ? reply.split(' ') : []
      if (generation === '' || (ids.length > 0 && ids.length !== batch.length))
        throw new TypeError('Redis answered what was not expected.')
      this.generation = generation
      if (ids.length > 0) return ids
      // Another generation, and nobody knows whether the one before had it.
      if (again) throw this.#commands.unavailable('publish', true)
    }
  }
}
