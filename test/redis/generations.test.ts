import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keysOf, placeOf } from '../../src/server/redis/entries.js'
import { Known } from '../../src/server/redis/known.js'
import { Link } from '../../src/server/redis/link.js'
import { Outage } from '../../src/server/redis/outage.js'
import { Reader } from '../../src/server/redis/reader.js'
import { RedisServer } from '../support/redis.js'
import { item, Listening, textsOf } from './contract/history.js'
import { newName, open, tell } from './opened.js'

// Whatever becomes of the data in Redis: what is lost is announced, and an old position is never taken for a new one.

const generationOf = (position: string) => position.split('.')[0]

describe('what was stored is gone', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis[Symbol.asyncDispose]())
  const start = (name = newName(), more = {}) => open({ url: redis.url, name, ...more })

  test('flushed, and something is published at once: a gap, then that', async () => {
    await using a = await start()
    await using b = await start('other')
    const old = await a.history.append(item('a'))
    await a.listening.until(({ heard }) => heard.length === 1)
    await tell(redis.url, ['FLUSHALL'])
    const id = await a.history.append(item('b'))
    await a.listening.until(({ heard }) => heard.length === 2)
    expect(a.listening.gaps).toHaveLength(1)
    expect(generationOf(id)).not.toBe(generationOf(old))
    expect(generationOf(a.listening.gaps[0] ?? '')).toBe(generationOf(id))
    expect(await textsOf(a.history, old)).toBe('unknown')
    expect(await textsOf(a.history, a.listening.gaps[0] ?? '')).toEqual(['b'])
    expect(b.listening.heard).toEqual([])
  })

  test('flushed, and nothing happens: a gap all the same, to a position that is known', async () => {
    await using a = await start()
    await tell(redis.url, ['FLUSHALL'])
    await a.listening.until(({ gaps }) => gaps.length === 1)
    const [position = ''] = a.listening.gaps
    expect(await a.history.position()).toBe(position)
    expect(await textsOf(a.history, position)).toEqual([])
    expect(await textsOf(a.history, a.position)).toBe('unknown')
  })

  test('the head alone is gone', async () => {
    const name = newName()
    await using a = await start(name)
    const old = await a.history.append(item('a'))
    await tell(redis.url, ['DEL', keysOf(name).head])
    await a.history.append(item('b'))
    await a.listening.until(({ heard }) => heard.length === 2)
    expect([a.listening.texts, a.listening.gaps.length]).toEqual([['a', 'b'], 1])
    expect(await textsOf(a.history, old)).toBe('unknown')
  })

  test('replaced by another stream whose ids are lower: it may hold what was heard, and nothing of it is read', async () => {
    const name = newName()
    const keys = keysOf(name)
    await using a = await start(name)
    await a.history.append(item('a'))
    await tell(
      redis.url,
      ['MULTI'],
      ['DEL', keys.events],
      ['XADD', keys.events, '5-1', 'g', 'younger', 'p', ''],
      ['XADD', keys.events, '5-2', 'p', '5-1', 't', '', 'o', '', 'x', 'b'],
      ['HSET', keys.head, 'g', 'younger', 'b', '5-1', 'l', '5-2'],
      ['EXEC'],
    )
    await a.listening.until(({ gaps }) => gaps.length === 1)
    expect(await textsOf(a.history, a.position)).toBe('unknown')
    expect(await textsOf(a.history, 'younger.5-1')).toBe('unknown')
    const id = await a.history.append(item('c'))
    await a.listening.until(({ texts }) => texts.includes('c'))
    expect(a.listening.texts).toEqual(['a', 'c'])
    expect([a.listening.heard.at(-1)?.id, a.listening.gaps.length]).toEqual([id, 1])
  })

  test('killed, and comes back without its data', async () => {
    const name = newName()
    await using a = await start(name)
    const old = await a.history.append(item('a'))
    await a.listening.until(({ heard }) => heard.length === 1)
    await redis.kill()
    await redis.restart()
    const id = await a.history.append(item('b'))
    await a.listening.until(({ heard }) => heard.length === 2)
    expect(a.listening.gaps).toHaveLength(1)
    expect(generationOf(id)).not.toBe(generationOf(old))
    expect(await textsOf(a.history, old)).toBe('unknown')
    expect(a.listening.errors).toHaveLength(1)
  })

  test('comes back with older data, and something was appended before anybody looked', async () => {
    const name = newName()
    const keys = keysOf(name)
    await using a = await start(name)
    const kept = await a.history.append(item('kept'))
    await a.history.append(item('lost'))
    await a.listening.until(({ heard }) => heard.length === 2)
    // As older data would look to a reader that was away: another entry stands after the same one.
    const before = placeOf(kept)?.id ?? ''
    await tell(
      redis.url,
      ['MULTI'],
      ['XDEL', keys.events, placeOf(a.listening.heard[1]?.id ?? '')?.id ?? ''],
      ['XADD', keys.events, '9999999999999-0', 'p', before, 't', '', 'o', '', 'x', 'other'],
      ['HSET', keys.head, 'l', '9999999999999-0'],
      ['EXEC'],
    )
    await a.listening.until(({ gaps }) => gaps.length === 1)
    expect(a.listening.texts).toEqual(['kept', 'lost'])
    expect(await textsOf(a.history, kept)).toBe('unknown')
  })

  test.each(['nothing has been appended since', 'another has appended since'])(
    'what this process knows to be stored is lost, and was not read yet; %s',
    async (since) => {
      const name = newName()
      const keys = keysOf(name)
      const a = await start(name)
      const kept = placeOf(await a.history.append(item('kept')))
      const lost = placeOf(await a.history.append(item('lost')))
      if (!kept || !lost) throw new Error('no places')
      await a.history.close()
      await a.history.close()
      await tell(redis.url, ['MULTI'], ['XDEL', keys.events, lost.id], ['HSET', keys.head, 'l', kept.id], ['EXEC'])
      if (since.startsWith('another')) {
        await using b = await start(name)
        await b.history.append(item('other'))
      }
      const listening = new Listening()
      const outage = new Outage(() => {})
      const make = () => createClient({ url: redis.url, RESP: 2 })
      const link = new Link({ make, patience: 5_000, outage })
      const known = new Known(keys, kept)
      known.confirm(lost)
      const reader = new Reader({ link, events: keys.events, listener: listening, known, beat() {} })
      const running = reader.run()
      await listening.until(({ gaps }) => gaps.length === 1)
      await using b = await start(name)
      expect(await textsOf(b.history, `${kept.generation}.${kept.id}`)).toBe('unknown')
      link.close()
      await running
    },
  )
})

describe('what was stored was trimmed', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis[Symbol.asyncDispose]())

  test('under a client that was away: its position is unknown, newer ones are not', async () => {
    await using a = await open({ url: redis.url, name: newName(), maxLength: 100 })
    const first = await a.history.append(item('first'))
    const ids = await Promise.all(Array.from({ length: 400 }, (_, index) => a.history.append(item(`${index}`))))
    expect(await textsOf(a.history, first)).toBe('unknown')
    expect(await textsOf(a.history, ids[0] ?? '')).toBe('unknown')
    expect(await textsOf(a.history, ids[397] ?? '')).toEqual(['398', '399'])
  })

  test('by age, but never the newest', async () => {
    await using a = await open({ url: redis.url, name: newName(), maxAge: 50 })
    const first = await a.history.append(item('first'))
    await Promise.all(Array.from({ length: 200 }, () => a.history.append(item('x'))))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const last = await a.history.append(item('last'))
    expect(await textsOf(a.history, first)).toBe('unknown')
    expect(await a.history.position()).toBe(last)
    expect(await textsOf(a.history, last)).toEqual([])
  })

  test('under the reader: a gap, and then all that is left', async () => {
    const name = newName()
    await using a = await open({ url: redis.url, name, maxLength: 100 })
    const place = placeOf(a.position)
    if (!place) throw new Error('no place')
    const keys = keysOf(name)
    const known = new Known(keys, place)
    await known.check((command) => tell(redis.url, command))
    const ids = await Promise.all(Array.from({ length: 400 }, (_, index) => a.history.append(item(`${index}`))))
    const listening = new Listening()
    const make = () => createClient({ url: redis.url, RESP: 2 })
    const link = new Link({ make, patience: 5_000, outage: new Outage(() => {}) })
    const reader = new Reader({ link, events: keys.events, listener: listening, known, beat() {} })
    const running = reader.run()
    await listening.until(({ texts }) => texts.at(-1) === '399')
    const first = ids.indexOf(listening.heard[0]?.id ?? '')
    expect(first).toBeGreaterThan(0)
    expect(listening.gaps).toEqual([ids[first - 1]])
    expect(listening.heard.map(({ id }) => id)).toEqual(ids.slice(first))
    // Nothing was lost to anybody else: the generation goes on.
    expect(await textsOf(a.history, ids[398] ?? '')).toEqual(['399'])
    link.close()
    await running
  })
})
