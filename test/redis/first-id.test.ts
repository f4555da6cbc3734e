import { afterAll, beforeAll, expect, test } from 'vitest'
import { placeOf } from '../../src/server/redis/entries.js'
import { RedisServer } from '../support/redis.js'
import { item } from './contract/history.js'
import { newName, open, tell } from './opened.js'

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis[Symbol.asyncDispose]())

/** What stands behind the milliseconds in an id. */
const sequenceOf = (position: string) => Number(placeOf(position)?.id.split('-')[1])

// Flushed and begun anew within one millisecond, two streams would give the same ids: who has read the old one up to `x-0` would
// take what follows `x-0` in the new one for its continuation.
test('a stream that was gone begins with an id that no other stream has', async () => {
  await using a = await open({ url: redis.url, name: newName() })
  const first = sequenceOf(a.position)
  await tell(redis.url, ['FLUSHALL'])
  await a.listening.until(({ gaps }) => gaps.length === 1)
  const second = sequenceOf(a.listening.gaps[0] ?? '')
  expect(first).toBeGreaterThanOrEqual(1e12)
  expect(second).toBeGreaterThanOrEqual(1e12)
  expect(second).not.toBe(first)
  const id = await a.history.append(item('a'))
  await a.listening.until(({ heard }) => heard.length === 1)
  expect(await a.history.position()).toBe(id)
})
