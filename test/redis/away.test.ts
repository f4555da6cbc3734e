import { createClient } from 'redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keysOf, placeOf } from '../../src/server/redis/entries.js'
import { redisHistory } from '../../src/server/redis/index.js'
import { RedisServer } from '../support/redis.js'
import { item, Listening, textsOf } from './contract/history.js'
import { Line } from './line.js'
import { newName, type Opened, open, tell } from './opened.js'

// Redis is killed, stopped, or the line to it is broken: what is published fails clearly and in time, or is stored once.

let redis: RedisServer
beforeEach(async () => {
  redis = await RedisServer.start({ durable: true })
})
afterEach(() => redis[Symbol.asyncDispose]())

const start = (more = {}) => open({ url: redis.url, name: newName(), timeout: 10_000, ...more })

/** The error with which it fails. */
async function failing(act: () => unknown): Promise<unknown> {
  try {
    await act()
  } catch (error) {
    return error
  }
  throw new Error('It did not fail.')
}

/** Tries until it succeeds. */
async function until(act: () => unknown): Promise<void> {
  for (;;) {
    try {
      await act()
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Says something ephemeral until it is heard, since each time it is heard at most once. */
async function untilHeard({ history, listening }: Opened): Promise<void> {
  while (!listening.texts.includes('ephemeral')) {
    await until(() => history.announce(item('ephemeral')))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('publishing while Redis is away', () => {
  test('rejects when the time is up and says that nothing was stored; the outage is reported once', async () => {
    await using a = await start({ timeout: 1_000 })
    await redis.kill()
    await a.listening.until(({ errors }) => errors.length > 0)
    const [outage] = a.listening.errors
    expect(outage).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/^Redis cannot be reached: /) })
    // The other connections may notice a moment later.
    await failing(() => a.history.append(item('x')))
    const began = performance.now()
    const published = Array.from({ length: 20 }, (_, index) => a.history.append(item(`${index}`)))
    for (const result of await Promise.allSettled(published)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', cause: outage } })
      expect(String(result.status === 'rejected' && result.reason)).toMatch(/Nothing was stored/)
    }
    expect(performance.now() - began).toBeGreaterThan(900)
    expect(performance.now() - began).toBeLessThan(3_000)
    await redis.restart()
    const id = await a.history.append(item('after'))
    await a.listening.until(({ heard }) => heard.length === 1)
    expect([a.listening.heard[0]?.id, a.listening.gaps, a.listening.errors]).toEqual([id, [], [outage]])
    // When all connections are back it is over, and the next one is reported again.
    await untilHeard(a)
    await redis.kill()
    await a.listening.until(({ errors }) => errors.length > 1)
    expect(a.listening.errors).toHaveLength(2)
  })

  test('no more waits than may wait', async () => {
    await using a = await start({ timeout: 1_000, maxPending: { events: 10, bytes: 1_000 } })
    await redis.kill()
    await a.listening.until(({ errors }) => errors.length > 0)
    const waiting = Array.from({ length: 10 }, () => failing(() => a.history.append(item('x'))))
    await expect(a.history.append(item('x'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/10 events wait .*maxPending.*Nothing was stored/),
    })
    await Promise.all(waiting)
    const large = failing(() => a.history.append(item('x'.repeat(1_000))))
    await expect(a.history.append(item('x'))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await large).toMatchObject({ code: 'unavailable' })
  })

  test('is only late where Redis is back in time', async () => {
    await using a = await start({ timeout: 10_000 })
    await redis.kill()
    await a.listening.until(({ errors }) => errors.length > 0)
    const published = Promise.all(['a', 'b', 'c'].map((text) => a.history.append(item(text))))
    await redis.restart()
    await published
    await a.listening.until(({ heard }) => heard.length === 3)
    expect([a.listening.texts, a.listening.gaps]).toEqual([['a', 'b', 'c'], []])
  })

  test('what is ephemeral fails at once', async () => {
    await using a = await start({ timeout: 60_000 })
    await redis.kill()
    await a.listening.until(({ errors }) => errors.length > 0)
    await expect(a.history.announce(item('x'))).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a Redis that is stopped, and answers nothing: says that it may have been stored; then it goes on', async () => {
    await using a = await start({ timeout: 1_000 })
    await a.history.append(item('before'))
    redis.pause()
    const began = performance.now()
    await expect(a.history.append(item('lost'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/may have been stored/),
    })
    await expect(a.history.append(item('never'))).rejects.toMatchObject({
      message: expect.stringMatching(/Nothing was stored/),
    })
    expect(performance.now() - began).toBeLessThan(5_000)
    redis.resume()
    await a.history.append(item('after'))
    await a.listening.until(({ texts }) => texts.at(-1) === 'after')
    expect(a.listening.texts.filter((text) => text !== 'lost')).toEqual(['before', 'after'])
    expect(a.listening.texts.filter((text) => text === 'lost').length).toBeLessThanOrEqual(1)
    expect(a.listening.gaps).toEqual([])
  })

  test('a Redis that refuses: says why, and is not asked again', async () => {
    await using a = await start({ timeout: 60_000 })
    await tell(redis.url, ['CONFIG', 'SET', 'maxmemory', '1'])
    await expect(a.history.append(item('x'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/Redis refuses it \(OOM/),
    })
    await tell(redis.url, ['CONFIG', 'SET', 'maxmemory', '0'])
    await a.history.append(item('y'))
    await a.listening.until(({ heard }) => heard.length === 1)
    expect(a.listening.texts).toEqual(['y'])
  })

  test('scripts that Redis has forgotten are told anew', async () => {
    await using a = await start()
    await a.history.append(item('a'))
    await tell(redis.url, ['SCRIPT', 'FLUSH'])
    await a.history.append(item('b'))
    await a.listening.until(({ heard }) => heard.length === 2)
  })
})

describe('answers that are lost', () => {
  test('what was appended and not confirmed is sent again, and appended once', async () => {
    await using line = await Line.start(redis.url)
    const name = newName()
    await using a = await start({ url: line.url, name, timeout: 5_000 })
    // Redis knows the script by now.
    const first = await a.history.append(item('first'))
    line.silence()
    const published = Promise.all(['a', 'b'].map((text) => a.history.append(item(text))))
    // It is there, and nobody was told.
    await tell(redis.url, ['XREAD', 'BLOCK', '0', 'STREAMS', keysOf(name).events, placeOf(first)?.id ?? ''])
    line.cut()
    const ids = await published
    await a.listening.until(({ heard }) => heard.length === 3)
    expect(await a.history.read(first, 10)).toMatchObject([
      { id: ids[0], text: 'a' },
      { id: ids[1], text: 'b' },
    ])
  })

  test('what was appended, not confirmed, and flushed is not appended again: it was heard', async () => {
    await using line = await Line.start(redis.url)
    const name = newName()
    await using b = await open({ url: redis.url, name })
    await using a = await start({ url: line.url, name, timeout: 5_000 })
    await a.history.append(item('first'))
    line.silence()
    const published = failing(() => a.history.append(item('once')))
    await b.listening.until(({ heard }) => heard.length === 2)
    await tell(redis.url, ['FLUSHALL'])
    line.cut()
    expect(await published).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/may have been stored/),
    })
    await a.history.append(item('next'))
    await b.listening.until(({ texts }) => texts.includes('next'))
    expect(b.listening.texts).toEqual(['first', 'once', 'next'])
  })

  test('what was sent twice, since the first connection was held up, is appended once', async () => {
    await using line = await Line.start(redis.url)
    await using a = await start({ url: line.url, timeout: 4_000 })
    line.hold()
    await a.history.append(item('a'))
    await line.release()
    expect(await textsOf(a.history, a.position)).toEqual(['a'])
  })

  test('what was given up, and arrives after the next, is dropped', async () => {
    await using line = await Line.start(redis.url)
    await using a = await start({ url: line.url, timeout: 1_000 })
    line.hold()
    line.refusing = true
    await expect(a.history.append(item('given up'))).rejects.toMatchObject({
      message: expect.stringMatching(/may have been stored/),
    })
    line.refusing = false
    await until(() => a.history.append(item('next')))
    await line.release()
    expect(await textsOf(a.history, a.position)).toEqual(['next'])
  })

  test('a connection over which nothing comes any more is replaced, also where it only hears', async () => {
    await using line = await Line.start(redis.url)
    await using a = await start({ url: line.url, timeout: 2_000 })
    line.silence()
    await a.listening.until(({ errors }) => errors.length > 0)
    await until(() => a.history.append(item('stored')))
    await a.listening.until(({ texts }) => texts.includes('stored'))
    await untilHeard(a)
  })
})

describe('opening while Redis is away', () => {
  test('rejects in time, and succeeds when it is asked again', async () => {
    await redis.kill()
    const history = redisHistory({ url: redis.url, name: newName(), timeout: 1_000 })
    const listening = new Listening()
    await expect(history.open(listening)).rejects.toMatchObject({ code: 'unavailable' })
    await redis.restart()
    const position = await history.open(listening)
    await history.append(item('a'))
    await listening.until(({ heard }) => heard.length === 1)
    expect(await textsOf(history, position)).toEqual(['a'])
    await history.close()
  })

  test('a client of the package is a pattern: it is not used itself', async () => {
    const client = createClient({ url: redis.url })
    await using a = await start({ url: undefined, client })
    await a.history.append(item('a'))
    await a.listening.until(({ heard }) => heard.length === 1)
    expect(client.isOpen).toBe(false)
  })
})

test.each([
  [{}, /url or client/],
  [{ url: 'redis://x', client: createClient() }, /url or client/],
  [{ client: {} }, /client must be/],
  [{ url: 'redis://x', name: '{a}' }, /name/],
  [{ url: 'redis://x', maxLength: 0 }, /maxLength/],
  [{ url: 'redis://x', timeout: 1.5 }, /timeout/],
  [{ url: 'redis://x', maxPending: { events: -1 } }, /maxPending\.events/],
])('options that cannot be: %#', (options, message) => {
  expect(() => redisHistory(options as object)).toThrow(TypeError)
  expect(() => redisHistory(options as object)).toThrow(message)
})
