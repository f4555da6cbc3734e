import { expect, test } from 'vitest'
import { RedisServer } from '../support/redis.js'
import { item, textsOf } from './contract/history.js'
import { open, tell } from './opened.js'

/** As docs/server.md lists them. */
const COMMANDS = 'eval evalsha xread subscribe publish ping info'.split(' ')
const OF_SCRIPTS =
  'time exists xlen xadd xtrim xrange hset hget hmget hdel del pexpire zadd zcard zpopmin zremrangebyscore'

async function startAs(redis: RedisServer, commands: readonly string[]) {
  const allowed = [...commands, ...OF_SCRIPTS.split(' ')].map((command) => `+${command}`)
  await tell(redis.url, ['ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '~{live}:*', '&{live}:*', ...allowed])
  return open({ url: redis.url.replace('//', '//app:secret@'), name: 'live' })
}

test.each([
  ['all that is documented', COMMANDS],
  ['all but INFO', COMMANDS.filter((command) => command !== 'info')],
])('a user who may use %s', async (_, commands) => {
  await using redis = await RedisServer.start()
  await using process = await startAs(redis, commands)
  const { history, listening, position } = process
  await history.append(item('a'))
  await history.announce?.(item('ephemeral'))
  await listening.until(({ heard }) => heard.length === 2)
  await history.ledger.open('client', 1, 1, [])
  expect(await history.ledger.claim('client', 1)).toEqual({ state: 'mine' })
  expect(await history.ledger.settle('client', { number: 1, json: '{}' }, [item('b')])).toEqual({ state: 'settled' })
  await history.ledger.acknowledge('client', 2)
  // Each new connection asks which Redis this is.
  for (const type of ['normal', 'pubsub']) await tell(redis.url, ['CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes'])
  await listening.until(({ errors }) => errors.length === 1)
  await history.append(item('c'))
  await listening.until(({ texts }) => texts.includes('c'))
  expect(await textsOf(history, position)).toEqual(['a', 'b', 'c'])
  expect(listening.gaps).toEqual([])
})
