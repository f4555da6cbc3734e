export type { RedisClient, RedisConnection } from './client.js'
export { type RedisHistory, redisHistory } from './history.js'
export type { RedisHistoryOptions } from './options.js'
