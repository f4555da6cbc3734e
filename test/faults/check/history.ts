import type { Published, WorldRecord } from '../record.js'
import { compare, type Position, readPosition } from './positions.js'

/** One event as it stands in the history. */
export interface Entry {
  readonly key: string
  readonly position: Position
  readonly topic: string | undefined
}

/** All that is known to have been in the history, by generation, in order. */
export interface HistoryRecord {
  readonly generations: ReadonlyMap<string, readonly Entry[]>
  readonly violations: readonly string[]
}

/** Puts the history together from what servers acknowledged and what pages heard. */
export function readHistory({ published, visits }: WorldRecord): HistoryRecord {
  const violations: string[] = []
  const ids = new Map<string, string>()
  const keys = new Map<string, string>()
  const topics = new Map<string, string | undefined>()

  const learn = (key: string, id: string, topic: string | undefined, who: string) => {
    const known = ids.get(key)
    if (known !== undefined && known !== id) violations.push(`doubled: ${key} is ${known} and, for ${who}, ${id}`)
    const other = keys.get(id)
    if (other !== undefined && other !== key) violations.push(`confused: ${id} is ${other} and, for ${who}, ${key}`)
    if (known === undefined && other === undefined) {
      ids.set(key, id)
      keys.set(id, key)
      topics.set(key, topic)
    }
  }
  for (const { number, id, topic } of published) if (id !== undefined) learn(`${number}`, id, topic, 'its server')
  for (const visit of visits) {
    for (const item of visit.items) {
      if (item.kind !== 'number' && item.kind !== 'said') continue
      const event = item.kind === 'number' ? published[item.number - 1] : undefined
      if (item.kind === 'number' && event === undefined)
        violations.push(`invented: ${visit.id} heard ${item.number}, which nobody published`)
      if (item.id === undefined) violations.push(`invented: ${visit.id} heard ${keyOf(item)} without an id`)
      else learn(keyOf(item), item.id, event?.topic, visit.id)
    }
  }

  const generations = new Map<string, Entry[]>()
  for (const [key, id] of ids) {
    const position = readPosition(id)
    if (position === undefined) {
      violations.push(`invented: ${key} has the id ${id}, which is none`)
      continue
    }
    const entries = generations.get(position.generation) ?? []
    generations.set(position.generation, entries)
    entries.push({ key, position, topic: topics.get(key) })
  }
  for (const entries of generations.values()) entries.sort((one, other) => compare(one.position, other.position))
  violations.push(...checkOrder(generations, published))
  return { generations, violations }
}

export function keyOf(
  item: { kind: 'number'; number: number } | { kind: 'said'; visit: string; number: number },
): string {
  return item.kind === 'number' ? `${item.number}` : `${item.visit}#${item.number}`
}

/** What was asked first of one process comes first. */
function checkOrder(generations: ReadonlyMap<string, readonly Entry[]>, published: readonly Published[]): string[] {
  const violations: string[] = []
  for (const entries of generations.values()) {
    const last = new Map<number, number>()
    for (const { key } of entries) {
      const number = Number(key)
      const event = published[number - 1]
      if (!event) continue
      const before = last.get(event.server) ?? 0
      if (number < before) violations.push(`disordered: ${number} stands behind ${before} in the history`)
      last.set(event.server, number)
    }
  }
  return violations
}
