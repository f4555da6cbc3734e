import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeEvent } from '../../../src/server/blocks.js'
import { type Audience, EventLog } from '../../../src/server/event-log.js'
import type { HistoryEntry } from '../../../src/server/history.js'
import { defaultLimits } from '../../../src/server/limits.js'
import { Recent } from '../../../src/server/recent.js'
import { blockOf } from '../../../src/server/render.js'

/** What a test pushes: who hears it, and its data. */
interface Given {
  readonly ephemeral: boolean
  readonly topic: string | undefined
  readonly to: string | undefined
  readonly data: string
}

const datum = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom('\uFEFFbom', 'id: 1.3\n', '\n\nid: 1.1\n', '\ud83d', 'Grüße 漢字 🎉') },
  // A few of these are more than a piece of the log.
  { weight: 2, arbitrary: fc.integer({ min: 9_000, max: 70_000 }).map((length) => 'ü'.repeat(length)) },
)
const given = fc.record<Given>({
  ephemeral: fc.boolean(),
  topic: fc.option(fc.constantFrom('a', 'b'), { nil: undefined, freq: 8 }),
  to: fc.option(fc.constantFrom('ada', 'bob'), { nil: undefined, freq: 8 }),
  data: datum,
})

const entryOf = ({ ephemeral, topic, to, data }: Given, index: number): HistoryEntry => ({
  id: ephemeral ? undefined : `1.${index.toString(36)}`,
  topic,
  to,
  text: encodeEvent('tick', data, topic),
})
const READERS: readonly ((audience: Audience) => boolean)[] = [
  () => true,
  ({ to = 'ada' }) => to === 'ada',
  ({ topic = 'b', to }) => topic === 'b' && to === undefined,
  ({ topic, to }) => topic === undefined && to === undefined,
]
const blocks = (entries: readonly HistoryEntry[]) => entries.map(blockOf).join('')

/** Compares everything that can be asked with what a plain array says. */
function compare(recent: Recent, all: readonly HistoryEntry[], oldest: number): void {
  expect(recent.sequence).toBe(all.length)
  expect(recent.oldest).toBeLessThanOrEqual(oldest)
  if (recent.oldest > 0) expect(recent.since(recent.oldest - 1)).toBeUndefined()
  for (let sequence = recent.oldest; sequence <= all.length; sequence += 1) {
    const after = all.slice(sequence)
    expect(recent.since(sequence)).toEqual(after)
    expect(recent.since(sequence, 3)).toEqual(after.slice(0, 3))
    expect(recent.ephemeralSince(sequence)).toEqual(after.filter(({ id }) => id === undefined))
    for (const hears of READERS) {
      const run = recent.run(sequence, hears)
      // What is ephemeral is in no piece, and ends a run.
      expect(run !== undefined).toBe(after[0]?.id !== undefined)
      if (run === undefined) continue
      const part = after.slice(0, run.count)
      const heard = part.filter(hears)
      expect(part.every(({ id }) => id !== undefined)).toBe(true)
      expect(run).toEqual({
        text: blocks(heard),
        count: part.length,
        lastId: part.at(-1)?.id,
        heardId: heard.at(-1)?.id,
      })
    }
  }
  for (const [index, { id }] of all.entries())
    if (id !== undefined && index >= oldest) expect(recent.find(id)).toBe(index + 1)
  expect(recent.find('1.none')).toBeUndefined()
  // Who guesses an event is not told whether he was right.
  for (const entry of all) if (entry.id !== undefined) expect(recent.find(blockOf(entry).slice(4, -1))).toBeUndefined()
}

describe('the newest entries of a feed', () => {
  test('are what was pushed, in its order, whatever is stored and whatever is not', () => {
    const property = fc.property(fc.array(given, { maxLength: 30 }), (list) => {
      const all = list.map(entryOf)
      const recent = new Recent(defaultLimits)
      for (const entry of all) recent.push(entry)
      expect(recent.oldest).toBe(0)
      compare(recent, all, 0)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('are as many as the limit says, at least, and no others are told as if they were all', () => {
    const limits = fc.record({ recentEvents: fc.integer({ min: 1, max: 6 }), recentBytes: fc.constant(8_000_000) })
    const property = fc.property(fc.array(given, { maxLength: 40 }), limits, (list, { recentEvents, recentBytes }) => {
      const all = list.map(entryOf)
      const recent = new Recent({ ...defaultLimits, recentEvents, recentBytes })
      for (const entry of all) {
        recent.push(entry)
        recent.trim()
      }
      compare(recent, all, Math.max(0, all.length - recentEvents))
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('are as many as the bytes allow', () => {
    const recent = new Recent({ ...defaultLimits, recentBytes: 1_000 })
    for (let index = 0; index < 100; index += 1) {
      const entry = entryOf(
        { ephemeral: index % 2 === 0, topic: undefined, to: undefined, data: 'x'.repeat(65) },
        index,
      )
      recent.push(entry)
      recent.trim()
    }
    // 87 characters each, and 10 more for an id.
    expect(recent.ephemeralSince(0)).toHaveLength(11)
    expect(recent.oldest).toBe(80)
  })

  test('are none after a gap, and a sequence number from before it is too old', () => {
    const recent = new Recent(defaultLimits)
    const push = (ephemeral: boolean, index: number) =>
      recent.push(entryOf({ ephemeral, topic: undefined, to: undefined, data: '' }, index))
    for (let index = 0; index < 5; index += 1) push(index % 2 === 0, index)
    const before = recent.sequence
    recent.clear()
    expect(recent.sequence).toBe(before + 1)
    expect(recent.since(before)).toBeUndefined()
    expect(recent.since(recent.sequence)).toEqual([])
    push(true, 6)
    push(false, 7)
    expect(recent.since(before + 1)?.map(({ id }) => id)).toEqual([undefined, '1.7'])
    expect(recent.find('1.7')).toBe(before + 3)
    expect(recent.find('1.1')).toBeUndefined()
  })

  test('of a log that somebody else fills are as many as that one has', () => {
    const log = new EventLog(1)
    const recent = new Recent({ ...defaultLimits, recentEvents: 1 }, log)
    const all = Array.from({ length: 9 }, (_, index) =>
      entryOf({ ephemeral: index % 3 === 2, topic: undefined, to: undefined, data: `${index}` }, index),
    )
    for (const entry of all) {
      if (entry.id !== undefined) log.push(entry)
      recent.push(entry)
    }
    recent.trim()
    // The last but one of what is ephemeral was forgotten: it was the sixth.
    expect(recent.oldest).toBe(6)
    expect(recent.since(6)).toEqual(all.slice(6))
    log.shift()
    expect(recent.since(6)).toEqual(all.slice(6))
    while (log.oldest < log.next) log.shift()
    expect(recent.since(8)).toEqual(all.slice(8))
    expect(recent.since(7)).toBeUndefined()
  })
})
