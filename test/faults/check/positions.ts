/** Where an id stands. Ids are opaque to clients; the checker knows those of both histories. */
export interface Position {
  /** The life of the history that it belongs to. */
  readonly generation: string
  /** Compared as numbers, one after the other. */
  readonly counters: readonly number[]
}

export function readPosition(id: string | undefined): Position | undefined {
  const split = id?.lastIndexOf('.') ?? -1
  if (id === undefined || split < 0) return undefined
  const counter = id.slice(split + 1)
  // A stream's ids are `<ms>-<sequence>`; a memory counts in base 36.
  const counters = counter.includes('-') ? counter.split('-').map(Number) : [Number.parseInt(counter, 36)]
  return { generation: id.slice(0, split), counters }
}

export function compare({ counters: one }: Position, { counters: other }: Position): number {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
