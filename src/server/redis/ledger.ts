import { HoldfastError } from '../../errors.js'
import type { HistoryItem } from '../history.js'
import type { Account, Claim, Ledger, Outcome, Settled } from '../ledger.js'
import { randomText } from '../random.js'
import type { Commands } from './commands.js'
import { argumentsOf, type Keys, listOf, type Place } from './entries.js'
import { Leases } from './leases.js'
import { acknowledgeScript, claimScript, openScript, settleScript, touchScript } from './ledger-scripts.js'
import type { RedisHistorySettings } from './options.js'

/** ms between two questions whether somebody else is done with a message; they double up to the longest. */
const FIRST = 50
const LONGEST = 1_000

/** Clients that one script touches. */
const BATCH = 500

/**
 * A ledger that several processes share.
 *
 * A claim is a lease: whoever has it handles the message, and renews it while it does. If it dies another process may take
 * the claim over. What counts is what is stored first, and only one can: the outcome, with all that was published.
 */
export class RedisLedger implements Ledger {
  readonly #commands: Commands
  readonly #keys: Keys
  readonly #process: string
  readonly #settings: RedisHistorySettings
  readonly #appended: (place: Place) => void
  readonly #generation: () => string
  readonly #leases: Leases
  #touched = Date.now()
  #closed = false

  constructor(
    commands: Commands,
    keys: Keys,
    process: string,
    settings: RedisHistorySettings,
    appended: (place: Place) => void,
    generation: () => string,
  ) {
    this.#commands = commands
    this.#keys = keys
    this.#process = process
    this.#settings = settings
    this.#appended = appended
    this.#generation = generation
    this.#leases = new Leases(commands, process, settings.lease)
  }

  get epoch(): string {
    return this.#generation()
  }

  async open(
    client: string,
    unacknowledged: number,
    next: number,
    outcomes: readonly Outcome[],
    epoch = '',
  ): Promise<Account | 'forgotten'> {
    const { maxClientAge, maxClients, maxOutcomes } = this.#settings
    const numbers = [unacknowledged, next, maxClientAge, maxClients, maxOutcomes].map(String)
    const before = outcomes.flatMap(({ number, json }) => [`${number}`, json])
    const keys = [this.#keys.clients, this.#keys.client + client, this.#keys.head]
    const args = [client, ...numbers, this.#keys.client, epoch, ...before]
    const reply = await this.#commands.run('hello', openScript, keys, args)
    if (reply === null) return { handled: null, outcomes: [] }
    if (reply === 'forgotten') return reply
    const [handled, ...rest] = listOf(reply).map(String)
    const kept: Outcome[] = []
    for (let index = 0; index < rest.length; index += 2)
      kept.push({ number: Number(rest[index]), json: rest[index + 1] ?? '' })
    return { handled: Number(handled), outcomes: kept }
  }

  async claim(client: string, number: number, epoch = ''): Promise<Claim> {
    const key = this.#keys.client + client
    const args = [`${number}`, this.#process, `${this.#settings.lease}`, epoch]
    const [state, json] = await this.#ask('send', () =>
      this.#commands.run('send', claimScript, [key, this.#keys.head], args),
    )
    if (state === 'mine') this.#leases.hold(key)
    if (state === 'handled') return { state, outcome: outcomeOf(number, json) }
    if (state === 'mine' || state === 'out-of-order' || state === 'unknown-client') return { state }
    throw new TypeError('Redis answered what was not expected.')
  }

  async settle(client: string, outcome: Outcome, items: readonly HistoryItem[]): Promise<Settled> {
    const { maxLength, maxAge, maxOutcomes } = this.#settings
    const { number, json } = outcome
    const key = this.#keys.client + client
    const keys = [this.#keys.events, this.#keys.head, key]
    const start = [
      randomText(12),
      `${maxLength}`,
      `${maxAge ?? ''}`,
      `${number}`,
      this.#process,
      `${maxOutcomes}`,
      json,
    ]
    const args = [...start, ...items.flatMap(argumentsOf)]
    try {
      const ask = () => this.#commands.run('send', settleScript, keys, args)
      const [state, other, generation, id] = await this.#ask('send', ask)
      if (typeof generation === 'string' && typeof id === 'string') this.#appended({ generation, id })
      if (state === 'handled') return { state, outcome: outcomeOf(number, other) }
      if (state === 'settled' || state === 'unknown-client') return { state }
      throw new TypeError('Redis answered what was not expected.')
    } finally {
      this.#leases.drop(key)
    }
  }

  async acknowledge(client: string, unacknowledged: number): Promise<void> {
    // The first message acknowledges nothing.
    if (unacknowledged === 1) return
    const keys = [this.#keys.clients, this.#keys.client + client]
    await this.#commands.run('send', acknowledgeScript, keys, [
      client,
      `${unacknowledged}`,
      `${this.#settings.maxClientAge}`,
    ])
  }

  async touch(clients: readonly string[]): Promise<void> {
    const { maxClientAge } = this.#settings
    if (Date.now() - this.#touched < maxClientAge / 4 || !this.#commands.link.isReady) return
    this.#touched = Date.now()
    for (let index = 0; index < clients.length; index += BATCH) {
      const batch = clients.slice(index, index + BATCH)
      const keys = [this.#keys.clients, ...batch.map((client) => this.#keys.client + client)]
      await this.#commands.run('touch', touchScript, keys, [`${maxClientAge}`, ...batch])
    }
  }

  /** Gives back what this process handles, so that another one need not wait. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#leases.close()
  }

  /** Asks until nobody else is at it. Whoever is renews its lease, or has died: so this ends. */
  async #ask(what: string, attempt: () => Promise<unknown>): Promise<readonly unknown[]> {
    for (let delay = FIRST; !this.#closed; delay = Math.min(LONGEST, delay * 2)) {
      const reply = listOf(await attempt())
      if (reply[0] !== 'wait') return reply
      await new Promise((resolve) => setTimeout(resolve, delay))
    }
    throw new HoldfastError('closed', `${what}: the history is closed.`)
  }
}

function outcomeOf(number: number, json: unknown): Outcome | undefined {
  return typeof json === 'string' ? { number, json } : undefined
}
