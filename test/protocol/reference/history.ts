import { randomBytes } from 'node:crypto'

/** One event as it was published. `data` is the text that stands behind `data:`. */
export interface StoredEvent {
  sequence: number
  id: string | undefined
  type: string
  data: string
  topic: string | undefined
}

/** All events of one life of the server, oldest first. A position is `<generation>.<sequence>`. */
export class History {
  readonly #generation = randomBytes(6).toString('hex')
  #events: StoredEvent[] = []
  #newest = 0
  /** What lies before this sequence was cut away. */
  #oldest = 0

  position(sequence: number = this.#newest): string {
    return `${this.#generation}.${sequence}`
  }

  append(type: string, data: string, topic: string | undefined): StoredEvent {
    const sequence = ++this.#newest
    const event = { sequence, id: this.position(sequence), type, data, topic }
    this.#events.push(event)
    return event
  }

  /** The events behind a cursor, or undefined where it is not one of ours or what follows it was cut away. */
  after(cursor: string): StoredEvent[] | undefined {
    const [generation, digits = ''] = cursor.split('.')
    const sequence = Number(digits)
    if (generation !== this.#generation || !/^\d+$/.test(digits)) return undefined
    if (sequence > this.#newest || sequence < this.#oldest) return undefined
    return this.#events.filter((event) => event.sequence > sequence)
  }

  trim(): void {
    this.#events = []
    this.#oldest = this.#newest
  }
}
