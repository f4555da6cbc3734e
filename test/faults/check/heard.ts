import type { Item, Visit, WorldRecord } from '../record.js'
import { SHORT_MEMORY } from '../settings.js'
import { type Entry, type HistoryRecord, keyOf } from './history.js'
import { compare, type Position, readPosition } from './positions.js'

/** Each event once, in order, or a gap notice: what every page heard, held against the history. */
export function checkHeard(record: WorldRecord, history: HistoryRecord): string[] {
  return record.visits.flatMap((visit) => checkVisit(visit, history, record))
}

function checkVisit(visit: Visit, history: HistoryRecord, record: WorldRecord): string[] {
  const violations: string[] = []
  const blame = (kind: string, what: string, at?: number) =>
    violations.push(`${kind}: ${visit.id} ${what}${at === undefined ? '' : ` at ${at}`}`)
  const known = new Set<string>()
  let cursor: Position | undefined

  const isDue = ({ topic }: Entry) => topic === undefined || visit.topics.includes(topic)
  const missing = (from: Position, to: Position | undefined, at?: number) => {
    const entries = history.generations.get(from.generation) ?? []
    const lost: string[] = []
    for (let index = after(entries, from); index < entries.length; index++) {
      const entry = entries[index] as Entry
      if (to && compare(entry.position, to) >= 0) break
      if (isDue(entry)) lost.push(entry.key)
    }
    if (lost.length > 0) blame('lost', `never heard ${lost.slice(0, 20).join(', ')} (${lost.length})`, at)
  }

  for (const [index, item] of visit.items.entries()) {
    if (item.kind === 'wrong') blame('wrong', item.what, item.at)
    if (item.kind === 'open') cursor ??= readPosition(item.id)
    if (item.kind === 'gap') {
      const position = readPosition(item.id)
      if (!position) blame('gap', 'was told a gap without a position', item.at)
      else if (cursor && isNeedless(cursor, position, record) && !isOvertaken(visit.items.slice(index + 1), position))
        blame('needless', `was told a gap (${item.reason})`, item.at)
      cursor = position
    }
    if (item.kind !== 'number' && item.kind !== 'said') continue
    const key = keyOf(item)
    const position = readPosition(item.id)
    const topic = item.kind === 'number' ? record.published[item.number - 1]?.topic : undefined
    if (topic !== undefined && !visit.topics.includes(topic)) blame('topic', `heard ${key} of ${topic}`, item.at)
    if (known.has(key)) blame('doubled', `heard ${key} again`, item.at)
    known.add(key)
    if (!position) continue
    if (cursor === undefined) blame('early', `heard ${key} before it was open`, item.at)
    else if (cursor.generation !== position.generation)
      blame('untold', `heard ${key} of another generation without a gap`, item.at)
    else if (compare(position, cursor) <= 0) blame('disordered', `heard ${key} after what comes later`, item.at)
    else missing(cursor, position, item.at)
    cursor = position
  }
  if (visit.over !== undefined) return violations
  if (cursor === undefined) blame('deaf', 'was never open')
  else missing(cursor, undefined)
  return violations
}

/** The history still had what followed: its generation lives, and too little came behind it for anything to fall out. */
function isNeedless(from: Position, to: Position, { settings, faults }: WorldRecord): boolean {
  if (from.generation !== to.generation) return false
  if (faults.some(({ kind }) => kind.startsWith('stream trimmed'))) return false
  if (settings.store !== 'short') return true
  // A memory counts all that it holds, also what nobody heard.
  return (to.counters[0] ?? 0) - (from.counters[0] ?? 0) < SHORT_MEMORY
}

/**
 * Another generation begins right behind it: who reads on when Redis has just forgotten everything hears of it before the
 * hub's own reader does, and is told both where the hub was and where the new generation begins.
 */
function isOvertaken(behind: readonly Item[], position: Position): boolean {
  const next = behind.find(({ kind }) => kind === 'gap' || kind === 'number' || kind === 'said')
  return next?.kind === 'gap' && readPosition(next.id)?.generation !== position.generation
}

/** The first entry behind a position. */
function after(entries: readonly Entry[], { generation, counters }: Position): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare((entries[middle] as Entry).position, { generation, counters }) > 0) high = middle
    else low = middle + 1
  }
  return low
}
