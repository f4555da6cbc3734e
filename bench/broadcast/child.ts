import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { isRecord } from '../record.js'

/** What a process answers. */
export type Numbers = Readonly<Record<string, number>>

interface Question {
  readonly question: string
  readonly value: number
}

/** How long an answer may take, in ms. */
const PATIENCE = 120_000

/** A process that answers questions, one at a time. */
export class Child {
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  readonly #name: string
  #heard: ((said: unknown) => void) | undefined

  /** @param module calls {@link answer} */
  constructor(module: string, ...args: readonly string[]) {
    this.#name = [module.replace(/^.*\//, ''), ...args].join(' ')
    this.#process = fork(module, args, { execArgv: ['--expose-gc'] })
    this.#process.on('message', (said) => this.#heard?.(said))
    this.#ended = once(this.#process, 'exit').then(() => this.#heard?.('it has ended'))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** @throws {Error} if the process fails, or does not answer in time */
  async ask(question: string, value = 0): Promise<Numbers> {
    const asked: Question = { question, value }
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.#heard = resolve
    const timer = setTimeout(() => resolve('no answer'), PATIENCE)
    this.#process.send(asked)
    const said = await promise
    clearTimeout(timer)
    if (!isNumbers(said)) throw new Error(`${this.#name}, ${question}: ${String(said)}`)
    return said
  }

  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    await this.#ended
  }
}

/** Answers the parent's questions until it goes. */
export function answer(answers: Readonly<Record<string, (value: number) => Numbers | Promise<Numbers>>>): void {
  process.on('message', async ({ question, value }: Question) => {
    try {
      process.send?.(await answers[question]?.(value))
    } catch (error) {
      process.send?.(String(error))
    }
  })
  process.once('disconnect', () => process.exit())
}

/** Comparable between the processes of one machine, in ms. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}

function isNumbers(value: unknown): value is Numbers {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'number')
}
