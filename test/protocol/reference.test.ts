import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Started, startReference } from './reference/start.js'
import type { Level } from './suite/check.js'
import { levelOf, look, performAll, type Result } from './suite/runner.js'

describe.each([1, 2, 3] as const)(
  'the honest reference server of level %i',
  (level: Level) => {
    let reference: Started
    let results: Result[]

    beforeAll(async () => {
      reference = await startReference({ level })
      const { url, control } = reference
      results = []
      for await (const result of performAll(await look({ url, control }))) results.push(result)
    }, 120_000)
    afterAll(() => reference.close())

    test('violates nothing', () => {
      const failed = results.filter(({ outcome }) => outcome === 'fail')
      expect(failed.map(({ check, transport, detail }) => `${check.id} [${transport}] ${detail}`)).toEqual([])
    })

    test('reaches exactly its level', () => expect(levelOf(results)).toBe(level))

    test('is checked in everything that its level asks for', () => {
      const open = results.filter(({ check, outcome }) => check.level <= level && outcome === 'not checked')
      // At level 1 a poll has no position to go on from.
      const excused = open.filter(({ transport }) => level === 1 && transport === 'long-poll')
      expect(open.filter((result) => !excused.includes(result)).map(({ check }) => check.id)).toEqual([])
    })
  },
  60_000,
)

test('without a control nothing is passed that was not seen, and no level is reached', async () => {
  const reference = await startReference({ level: 2 })
  try {
    const results: Result[] = []
    for await (const result of performAll(await look({ url: reference.url }), 2)) results.push(result)
    const outcome = (id: string): string[] =>
      results.filter(({ check }) => check.id === id).map((result) => result.outcome)
    expect(outcome('events.shape')).toEqual(['not checked', 'not checked', 'not checked'])
    expect(outcome('open.first')).toEqual(['pass', 'pass', 'pass'])
    expect(levelOf(results)).toBe(0)
  } finally {
    await reference.close()
  }
}, 60_000)
