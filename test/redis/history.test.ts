import { afterAll, beforeAll, describe } from 'vitest'
import { memoryHistory } from '../../src/server/index.js'
import { redisHistory } from '../../src/server/redis/index.js'
import { RedisServer } from '../support/redis.js'
import { describeHistory } from './contract/history.js'

let redis: RedisServer
let names = 0
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis[Symbol.asyncDispose]())

describe('the history in memory', () => describeHistory(() => memoryHistory()))
describe('the history in Redis', () => describeHistory(() => redisHistory({ url: redis.url, name: `h${++names}` })))
