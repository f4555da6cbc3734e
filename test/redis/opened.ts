import { createClient } from 'redis'
import { type RedisHistory, type RedisHistoryOptions, redisHistory } from '../../src/server/redis/index.js'
import { Listening } from './contract/history.js'

let names = 0

/** A name that no other history of this file has. */
export function newName(): string {
  return `test-${++names}`
}

/** A history that is open, and what it says. */
export interface Opened extends AsyncDisposable {
  readonly history: RedisHistory
  readonly listening: Listening
  readonly position: string
}

export async function open(options: RedisHistoryOptions): Promise<Opened> {
  const history = redisHistory(options)
  const listening = new Listening()
  const position = await history.open(listening)
  return { history, listening, position, [Symbol.asyncDispose]: () => history.close() }
}

/** Says something to a Redis itself. */
export async function tell(url: string, ...commands: string[][]): Promise<unknown> {
  const client = createClient({ url, RESP: 2 })
  // What fails rejects; that the server ends while the connection closes is none of a test's business.
  client.on('error', () => {})
  await client.connect()
  let reply: unknown
  for (const command of commands) reply = await client.sendCommand(command)
  client.destroy()
  return reply
}
