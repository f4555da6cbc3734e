/** One event that was published. */
export interface Published {
  /** ms since the start. */
  readonly at: number
  readonly generation: number
  /** Its place in the history; undefined for an ephemeral one. */
  readonly sequence: number | undefined
  readonly number: number
  readonly topic: string | undefined
  /** To this principal alone. */
  readonly to: string | undefined
}

/** A place in a history. */
export interface Position {
  readonly generation: number
  readonly sequence: number
}

export const positionText = ({ generation, sequence }: Position): string => `g${generation}.${sequence}`

export function readPosition(text: string | undefined): Position | undefined {
  const [, generation, sequence] = /^g(\d+)\.(\d+)$/.exec(text ?? '') ?? []
  return generation && sequence ? { generation: +generation, sequence: +sequence } : undefined
}

/** Everything that a server ever published, and what it still has of it. Histories follow one another in generations. */
export class Chronicle {
  /** All, in the order in which they were published. */
  readonly published: Published[] = []
  /** By generation, what has a place in it: that of sequence 1 first. */
  readonly #histories = new Map<number, Published[]>([[1, []]])
  generation = 1
  /** What is older, or has this sequence, is not there any more. */
  floor = 0
  /** When the history was cut, and up to where. */
  readonly trims: { at: number; generation: number; floor: number }[] = []

  get position(): Position {
    return { generation: this.generation, sequence: this.history(this.generation).length }
  }

  history(generation: number): readonly Published[] {
    return this.#histories.get(generation) ?? []
  }

  publish(at: number, topic: string | undefined, to: string | undefined, ephemeral: boolean): Published {
    const { generation } = this
    const history = this.#histories.get(generation) ?? []
    const sequence = ephemeral ? undefined : history.length + 1
    const event = { at, generation, sequence, number: this.published.length, topic, to }
    this.published.push(event)
    if (!ephemeral) history.push(event)
    return event
  }

  /** What follows a position; undefined where that is not known. */
  after(position: Position | undefined): readonly Published[] | undefined {
    if (position?.generation !== this.generation || position.sequence < this.floor) return undefined
    return this.history(this.generation).slice(position.sequence)
  }

  trim(at: number, floor: number): void {
    this.floor = Math.max(this.floor, Math.min(floor, this.position.sequence))
    this.trims.push({ at, generation: this.generation, floor: this.floor })
  }

  /** Another, empty history. */
  begin(at: number): void {
    this.trims.push({ at, generation: this.generation, floor: Number.POSITIVE_INFINITY })
    this.generation += 1
    this.#histories.set(this.generation, [])
    this.floor = 0
  }
}
