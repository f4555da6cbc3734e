import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { memoryLedger } from '../../src/server/index.js'
import { redisHistory } from '../../src/server/redis/index.js'
import { RedisServer } from '../support/redis.js'
import { describeLedger } from './contract/ledger.js'

let redis: RedisServer
let names = 0
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis[Symbol.asyncDispose]())

describe('the ledger in memory', () =>
  describeLedger(async (bounds) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    return {
      ledger: memoryLedger(bounds),
      pass: async (ms) => {
        vi.setSystemTime(Date.now() + ms)
      },
      close: async () => {
        vi.useRealTimers()
      },
    }
  }))

describe('the ledger in Redis', () =>
  describeLedger(async ({ maxAge, ...bounds }) => {
    const { ledger, close } = redisHistory({ url: redis.url, name: `l${++names}`, ...bounds, maxClientAge: maxAge })
    // Its clock is Redis' own.
    return { ledger, pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), close }
  }))

test('what follows a message that this process could not store does not wait for it', async () => {
  const { ledger, close } = redisHistory({ url: redis.url, name: `l${++names}` })
  await ledger.open('a', 1, 1, [])
  expect(await ledger.claim('a', 1)).toEqual({ state: 'mine' })
  // Redis was away when it was to be stored; what stood in line behind it comes next, and the client sends both again.
  expect(await ledger.claim('a', 2)).toEqual({ state: 'out-of-order' })
  expect(await ledger.claim('a', 1)).toEqual({ state: 'mine' })
  await ledger.settle('a', { number: 1, json: '{}' }, [])
  expect(await ledger.claim('a', 2)).toEqual({ state: 'mine' })
  await close()
})

test('what is said in an epoch is not taken in another one, though Redis knows the client in both', async () => {
  const history = redisHistory({ url: redis.url, name: `l${++names}` })
  const { ledger, close } = history
  const gaps: string[] = []
  const listener = { entries() {}, gap: (id: string) => void gaps.push(id), error() {} }
  await history.open(listener)
  const before = ledger.epoch
  expect(before).toMatch(/^\w{12}$/)
  expect(await ledger.open('a', 1, 1, [], before)).toEqual({ handled: null, outcomes: [] })
  expect(await ledger.claim('a', 1, before)).toEqual({ state: 'mine' })
  // As when Redis came back with older data: the accounts are there, and a new generation begins.
  const client = await createClient({ url: redis.url }).connect()
  await client.hSet(`{l${names}}:head`, 'g', 'another')
  await client.close()
  expect(await ledger.claim('a', 1, before)).toEqual({ state: 'unknown-client' })
  expect(await ledger.open('a', 1, 2, [], before)).toBe('forgotten')
  await vi.waitFor(() => expect(ledger.epoch).toBe('another'), { timeout: 10_000 })
  expect(gaps).toHaveLength(1)
  expect(await ledger.open('a', 1, 2, [], ledger.epoch)).toEqual({ handled: 0, outcomes: [] })
  await close()
})
