import type { Random } from '../support/simulation/random.js'
import type { Published } from './record.js'
import type { NumberData } from './server/messages.js'
import type { ServerProcess } from './servers.js'

/** Topics that only some of a world's pages hear. */
export const topics = ['odd', 'even']

const sentence = 'Příliš žluťoučký kůň 🐎 úpěl ďábelské ódy, 世界. '

/** Numbers the events of one world, and keeps what became of each. */
export class Publisher {
  readonly published: Published[] = []
  readonly #random: Random
  /** Events a second, on average. */
  readonly #rate: number
  /** Whom to ask now; undefined while nobody can be. */
  server: () => ServerProcess | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(random: Random, rate: number, server: () => ServerProcess | undefined) {
    this.#random = random
    this.#rate = rate
    this.server = server
  }

  start(): void {
    const random = this.#random
    // Bursts: a few at once, and pauses between them.
    const burst = random.chance(0.2) ? 1 + random.below(12) : 1
    for (let count = 0; count < burst; count++) this.publish({})
    const pause = (burst * 1000) / this.#rate
    this.#timer = setTimeout(() => this.start(), pause * random.between(0.2, 1.8))
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /**
   * One more event; `report`: whoever hears it shall tell at once.
   *
   * @returns its number; undefined where nobody could be asked
   */
  publish({ report }: { report?: true }): number | undefined {
    const server = this.server()
    if (server === undefined) return undefined
    const random = this.#random
    const topic = report || random.chance(0.8) ? undefined : random.pick(topics)
    const length = random.chance(0.01) ? 20_000 : random.chance(0.2) ? random.below(400) : random.below(40)
    const text = sentence.repeat(length / sentence.length + 1).slice(0, length)
    const number = this.published.length + 1
    this.published.push({ number, topic, at: Date.now(), server: server.instance, outcome: 'unknown' })
    const data: NumberData = { number, ...(report && { report }), text, length }
    server.say({ kind: 'publish', data, topic })
    return number
  }

  /** Whether one of these servers has yet to say what became of something. */
  pending(servers: readonly ServerProcess[]): boolean {
    const alive = new Set(servers.map(({ instance }) => instance))
    return this.published.some(({ outcome, server }) => outcome === 'unknown' && alive.has(server))
  }

  acknowledged(number: number, id: string): void {
    const published = this.published[number - 1]
    if (published) Object.assign(published, { outcome: 'acknowledged', id })
  }

  failed(number: number): void {
    const published = this.published[number - 1]
    if (published) published.outcome = 'failed'
  }
}
