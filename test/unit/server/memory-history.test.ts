import { afterEach, describe, expect, test, vi } from 'vitest'
import { memoryHistory } from '../../../src/server/index.js'
import { defaultLimits } from '../../../src/server/limits.js'
import { logOf } from '../../../src/server/memory-history.js'

const item = (text: string) => ({ topic: undefined, to: undefined, text })

async function texts(history: ReturnType<typeof memoryHistory>, after: string, limit = 1_000) {
  const page = await history.read(after, limit)
  return page === 'unknown' ? page : page.map(({ text }) => text)
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the history in memory', () => {
  test('reads what follows a position, page by page', async () => {
    const history = memoryHistory()
    const start = await history.position()
    const ids = await Promise.all(['a', 'b', 'c'].map((text) => history.append(item(text))))
    expect(await texts(history, start)).toEqual(['a', 'b', 'c'])
    expect(await texts(history, ids[0] ?? '', 1)).toEqual(['b'])
    expect(await texts(history, ids[2] ?? '')).toEqual([])
    expect(await history.position()).toBe(ids[2])
  })

  test('knows only its own positions', async () => {
    const history = memoryHistory()
    const id = await history.append(item('a'))
    const other = await memoryHistory().append(item('a'))
    const generation = id.slice(0, id.indexOf('.') + 1)
    for (const position of [
      '',
      'nonsense',
      other,
      generation,
      `${generation}2`,
      `${generation}01`,
      `${generation}-1`,
      `${generation}1x`,
      `${id} `,
    ])
      expect(await texts(history, position), position).toBe('unknown')
  })

  test.each([
    ['number', { maxEvents: 2 }],
    ['bytes', { maxBytes: 2 * ('id: 8letters.2s\na'.length + 16) }],
  ])('is bounded in %s', async (_, options) => {
    const history = memoryHistory(options)
    const start = await history.position()
    const ids: string[] = []
    for (let count = 0; count < 100; count += 1) ids.push(await history.append(item(`${count % 10}`)))
    expect(await texts(history, start)).toBe('unknown')
    expect(await texts(history, ids[96] ?? '')).toBe('unknown')
    expect(await texts(history, ids[97] ?? '')).toEqual(['8', '9'])
    expect(await texts(history, ids[99] ?? '')).toEqual([])
  })

  test('is bounded in age', async () => {
    vi.useFakeTimers()
    const history = memoryHistory({ maxAge: 1_000 })
    const start = await history.position()
    const id = await history.append(item('a'))
    vi.advanceTimersByTime(900)
    await history.append(item('b'))
    expect(await texts(history, start)).toEqual(['a', 'b'])
    vi.advanceTimersByTime(200)
    expect(await texts(history, start)).toBe('unknown')
    expect(await texts(history, id)).toEqual(['b'])
    vi.advanceTimersByTime(2_000)
    expect(await texts(history, await history.position())).toEqual([])
  })

  test('is all that a feed needs, unless it keeps less than that, or somebody has changed it', () => {
    const { recentEvents, recentBytes, stalled } = defaultLimits
    const logged = (history: ReturnType<typeof memoryHistory>) => logOf(history, defaultLimits) !== undefined
    expect(logged(memoryHistory())).toBe(true)
    expect(logged(memoryHistory({ maxEvents: recentEvents, maxBytes: recentBytes, maxAge: stalled }))).toBe(true)
    expect(logged(memoryHistory({ maxEvents: recentEvents - 1 }))).toBe(false)
    expect(logged(memoryHistory({ maxBytes: recentBytes - 1 }))).toBe(false)
    expect(logged(memoryHistory({ maxAge: stalled - 1 }))).toBe(false)
    expect(logged({ ...memoryHistory() })).toBe(false)
    const watched = memoryHistory()
    vi.spyOn(watched, 'read')
    expect(logged(watched)).toBe(false)
  })

  test('counts what an event takes that is not for everybody', async () => {
    const history = memoryHistory({ maxBytes: 10_000 })
    const ids: string[] = []
    for (let count = 0; count < 100; count += 1)
      ids.push(await history.append({ topic: 'a', to: 'b'.repeat(100), text: 'c' }))
    const known = await Promise.all(ids.map((id) => history.read(id, 1)))
    // 17 for the block, 16 for its place, 96 and 101 for who hears it: 43 of them, and the one before the first is a position too.
    expect(known.filter((page) => page !== 'unknown')).toHaveLength(44)
  })
})
