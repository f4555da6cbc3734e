import { afterAll, beforeAll, describe, vi } from 'vitest'
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
