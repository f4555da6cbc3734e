import { integer, isRecord, Refusal } from './wire.js'

/** One message of a send, as it goes to the handler. */
export interface Message {
  number: number
  type: string
  data: unknown
  bytes: string | undefined
}

/** The type of a message that was withdrawn: its number counts, and nothing else. */
export const WITHDRAWN = 'holdfast:withdrawn'

/** What became of a message: the members of a result beside its number. */
export type Outcome = { data?: unknown; bytes?: string; error?: { code: string; message: string } }

/** The sends of one client: handled one at a time, in order, never twice. */
export class Client {
  /** The highest number whose outcome is there. */
  handled: number
  #started: number
  readonly #outcomes = new Map<number, Promise<Outcome>>()
  readonly #settled = new Map<number, Outcome>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(next: number) {
    this.handled = this.#started = next - 1
  }

  /** What it had transmitted to others has one outcome, whatever became of it there. */
  doubt(unacknowledged: number): void {
    const error = { code: 'unconfirmed', message: 'whoever knew this client may have handled it' }
    for (let number = Math.max(unacknowledged, this.handled - 63); number <= this.handled; number++) {
      this.#outcomes.set(number, Promise.resolve({ error }))
      this.#settled.set(number, { error })
    }
  }

  /** The client has all outcomes below this number. */
  acknowledge(unacknowledged: number): void {
    for (const number of this.#settled.keys()) {
      if (number >= unacknowledged) continue
      this.#settled.delete(number)
      this.#outcomes.delete(number)
    }
  }

  /** What became of all that was handled, from a number on: of the newest 64, since no more can be on their way. */
  outcomes(from: number): [number, Outcome][] {
    const first = Math.max(from, this.handled - 63)
    return Array.from({ length: Math.max(0, this.handled + 1 - first) }, (_, index) => {
      const number = first + index
      return [number, this.#settled.get(number) ?? lost(number)]
    })
  }

  take(message: Message, handler: (message: Message) => Promise<Outcome>): Promise<Outcome> {
    const { number } = message
    if (number <= this.#started) return this.#outcomes.get(number) ?? Promise.resolve(lost(number))
    if (number !== this.#started + 1) throw new Refusal('bad-request', `${this.#started + 1} is next, not ${number}`)
    this.#started = number
    const outcome = this.#last.then(() => (message.type === WITHDRAWN ? {} : handler(message)))
    this.#last = outcome.then((settled) => {
      this.handled = number
      this.#settled.set(number, settled)
    })
    this.#outcomes.set(number, outcome)
    return outcome
  }
}

function lost(number: number): Outcome {
  return { error: { code: 'outcome-lost', message: `the outcome of ${number} is kept no longer` } }
}

/** What a client says in a `send`. */
export interface Send {
  client: string
  epoch: string | undefined
  unacknowledged: number
  next: number | undefined
  messages: Message[]
}

/** Reads a `send`. */
export function readSend(members: Record<string, unknown>): Send {
  const { client, epoch, next, messages } = members
  if (typeof client !== 'string') throw new Refusal('bad-request', 'a send must name its client')
  if (!Array.isArray(messages)) throw new Refusal('bad-request', 'messages must be a list')
  if (epoch !== undefined && typeof epoch !== 'string') throw new Refusal('bad-request', 'epoch must be a string')
  return {
    client,
    epoch,
    unacknowledged: integer(members.unacknowledged, 'unacknowledged', 1, 1),
    next: next === undefined ? undefined : integer(next, 'next', 1, 1),
    messages: messages.map((message: unknown) => {
      if (!isRecord(message) || typeof message.type !== 'string')
        throw new Refusal('bad-request', 'a message must have a number and a type')
      const bytes = typeof message.bytes === 'string' ? message.bytes : undefined
      return { number: integer(message.number, 'number', 1, 0), type: message.type, data: message.data, bytes }
    }),
  }
}
