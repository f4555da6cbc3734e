import { expect, onTestFinished } from 'vitest'
import {
  factories,
  type Recorder,
  record,
  type TransportName,
  transportNames,
  until,
} from '../flow/scenarios/recorder.js'

/** How often a number is published, in ms: 50 a second. */
const PERIOD = 20
/** Each client sends one word while so many numbers are published. */
const NUMBERS_A_WORD = 4

/** Its one transport, or all of them. */
export type ClientKind = TransportName | 'all'

export interface Client extends Recorder {
  readonly kind: ClientKind
  /** The words that it heard. */
  readonly heard: unknown[]
}

/** So many clients of each kind. Resolves when they are open. */
export async function connectClients(
  url: string,
  count = 1,
  kinds: readonly ClientKind[] = [...transportNames, 'all'],
): Promise<Client[]> {
  const wanted = kinds.flatMap((kind) => Array.from({ length: count }, () => kind))
  const clients = wanted.map((kind) => {
    const recorder = record(url, kind === 'all' ? {} : { transports: [factories[kind]()] })
    const heard: unknown[] = []
    recorder.live.on('word', ({ data }) => heard.push(data))
    return { kind, heard, ...recorder }
  })
  await until(() => {
    for (const { live } of clients) expect(live.state.status).toBe('open')
  })
  return clients
}

/** Numbers are published, and every client sends words, until `stop`. */
export class Traffic {
  readonly #clients: readonly Client[]
  readonly #timer: ReturnType<typeof setInterval>
  readonly #answers: Promise<unknown>[] = []
  /** What was sent. */
  readonly words: string[] = []
  #published = 0

  constructor(clients: readonly Client[], publish: (number: number) => Promise<unknown>) {
    this.#clients = clients
    this.#timer = setInterval(() => {
      const number = ++this.#published
      this.#await(publish(number))
      for (const [index, { kind, live }] of clients.entries()) {
        if ((number + index) % NUMBERS_A_WORD !== 0) continue
        const word = `${kind} ${index}: ${number}`
        this.words.push(word)
        this.#await(live.send('word', word))
      }
    }, PERIOD)
    onTestFinished(() => clearInterval(this.#timer))
  }

  /** What is rejected meanwhile is told by `stop`. */
  #await(answer: Promise<unknown>): void {
    answer.catch(() => {})
    this.#answers.push(answer)
  }

  /** Resolves when every client has heard something that is published from now on. */
  async flows(): Promise<void> {
    const last = this.#published + 1
    await until(() => {
      for (const { numbers } of this.#clients) expect(numbers).toContain(last)
    })
  }

  /** Ends it when all sends are answered. Every client has heard every number then, once and in order, and of no gap. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#answers)
    const all = Array.from({ length: this.#published }, (_, index) => index + 1)
    for (const { kind, numbers, gaps } of this.#clients) {
      await until(() => expect(numbers.at(-1)).toBe(this.#published))
      expect({ kind, numbers, gaps }).toEqual({ kind, numbers: all, gaps: [] })
    }
  }

  /** Where words are published when they are handled: every client has heard each of them once. */
  async wordsArrived(): Promise<void> {
    const all = this.words.toSorted()
    for (const { heard } of this.#clients) await until(() => expect(heard.toSorted()).toEqual(all))
  }
}
