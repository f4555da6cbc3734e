import { beforeEach, expect, test } from 'vitest'
import { keysOf, placeOf } from '../../src/server/redis/entries.js'
import { Known } from '../../src/server/redis/known.js'
import { RedisServer } from '../support/redis.js'
import { item, textsOf } from './contract/history.js'
import { Line } from './line.js'
import { newName, open, tell } from './opened.js'

// A Redis that is killed comes back as it was when it was saved last. Whoever knows more than it does says so, whatever has
// happened meanwhile, and all are told.

let redis: RedisServer
beforeEach(async () => {
  redis = await RedisServer.start()
  return () => redis[Symbol.asyncDispose]()
})

const start = (name: string, more = {}) => open({ url: redis.url, name, ...more })
const generationOf = (position: string) => position.split('.')[0]

test('all who may have missed something are told', async () => {
  const name = newName()
  const a = await start(name)
  // It only reads: what it knows is what it has heard.
  await using b = await start(name)
  const kept = await a.history.append(item('kept'))
  await tell(redis.url, ['SAVE'])
  const lost = await a.history.append(item('lost'))
  await b.listening.until(({ heard }) => heard.length === 2)
  await a.history.close()
  await redis.kill()
  await redis.restart()
  await b.listening.until(({ gaps }) => gaps.length === 1)
  // A client that stood there would otherwise go on as if nothing had been.
  expect(await textsOf(b.history, kept)).toBe('unknown')
  expect(await textsOf(b.history, lost)).toBe('unknown')
  await b.history.append(item('after'))
  await b.listening.until(({ texts }) => texts.includes('after'))
  expect(b.listening.texts).toEqual(['kept', 'lost', 'after'])
  expect(b.listening.gaps).toHaveLength(1)
})

test('one that only this process knows of, and has not read: a new generation begins before anything else is stored', async () => {
  const name = newName()
  await using line = await Line.start(redis.url)
  await using process = await open({ url: line.url, name, timeout: 400 })
  const kept = await process.history.append(item('kept'))
  await process.listening.until(({ heard }) => heard.length === 1)
  await tell(redis.url, ['SAVE'])
  // Its writer has another connection soon, its reader waits for something new for 2 s.
  line.silence()
  await process.history.append(item('lost'))
  await redis.kill()
  await redis.restart()
  const after = await process.history.append(item('after'))
  expect(generationOf(after)).not.toBe(generationOf(kept))
  await process.listening.until(({ texts }) => texts.includes('after'))
  expect(process.listening.texts).toEqual(['kept', 'after'])
  expect(process.listening.gaps).toHaveLength(1)
})

test('so much was appended since that nobody can tell what was lost from what was trimmed: all are told', async () => {
  const name = newName()
  const keys = keysOf(name)
  const publisher = await start(name, { maxLength: 100 })
  await publisher.history.append(item('kept'))
  await tell(redis.url, ['SAVE'])
  const lost = placeOf(await publisher.history.append(item('lost')))
  if (!lost) throw new Error('no place')
  const known = new Known(keys, lost)
  await known.check((command) => tell(redis.url, command))
  await publisher.history.close()
  await redis.kill()
  await redis.restart()
  await using other = await start(name, { maxLength: 100 })
  const ids: string[] = []
  // Not faster than it reads itself.
  while (ids.length < 400) {
    ids.push(...(await Promise.all(Array.from({ length: 50 }, () => other.history.append(item('since'))))))
    await other.listening.until(({ heard }) => heard.length === ids.length)
  }
  expect(await textsOf(other.history, ids[0] ?? '')).toBe('unknown')
  expect(other.listening.gaps).toEqual([])
  const { generation } = await known.check((command) => tell(redis.url, command))
  expect(generation).not.toBe(lost.generation)
  await other.listening.until(({ gaps }) => gaps.length === 1)
  expect(other.listening.gaps).toEqual([await other.history.position()])
})

test('what was trimmed is no loss where the oldest entry follows it', async () => {
  const name = newName()
  const keys = keysOf(name)
  await using a = await start(name)
  const [, last = ''] = await Promise.all(['a', 'b'].map((text) => a.history.append(item(text))))
  const place = placeOf(last)
  if (!place) throw new Error('no place')
  const after = placeOf(await a.history.append(item('after')))
  await tell(redis.url, ['XTRIM', keys.events, 'MINID', after?.id ?? ''])
  // It has never asked before: so this may be another Redis.
  const { generation } = await new Known(keys, place).check((command) => tell(redis.url, command))
  expect(generation).toBe(place.generation)
})

test('what was confirmed in a generation that is over is asked for once, however low the ids are since', async () => {
  const name = newName()
  await using a = await start(name)
  const place = placeOf(a.position)
  if (!place) throw new Error('no place')
  const known = new Known(keysOf(name), place)
  // As after a clock was set back.
  known.confirm({ generation: 'over', id: '9999999999999-0' })
  const { generation } = await known.check((command) => tell(redis.url, command))
  expect(generation).not.toBe(place.generation)
  expect(await known.check((command) => tell(redis.url, command))).toMatchObject({ generation })
})

test('an older generation comes back: nothing of it is heard again', async () => {
  const name = newName()
  await using a = await start(name)
  const old = await a.history.append(item('old'))
  await a.listening.until(({ heard }) => heard.length === 1)
  await tell(redis.url, ['SAVE'], ['FLUSHALL'])
  await using b = await start(name)
  await a.history.append(item('lost'))
  for (const { listening } of [a, b]) await listening.until(({ texts }) => texts.includes('lost'))
  await redis.kill()
  await redis.restart()
  await a.history.append(item('new'))
  for (const { listening } of [a, b]) await listening.until(({ texts }) => texts.includes('new'))
  expect(a.listening.texts).toEqual(['old', 'lost', 'new'])
  // This one has never known the older generation.
  expect(b.listening.texts).toEqual(['lost', 'new'])
  expect(b.listening.gaps).toHaveLength(1)
  expect(await textsOf(a.history, old)).toBe('unknown')
})
