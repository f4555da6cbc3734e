import { createHub, type MessageHandler } from 'holdfast/server'
import { redisHistory } from 'holdfast/server/redis'
import { createClient } from 'redis'

createHub({ history: redisHistory({ url: 'redis://localhost', name: 'app', maxLength: 10_000, timeout: 2_000 }) })
createHub({ history: redisHistory({ client: createClient({ url: 'redis://localhost', RESP: 3 }) }) })
// @ts-expect-error there is no such option
redisHistory({ host: 'localhost' })
// @ts-expect-error this is no client
redisHistory({ client: {} })

const handler: MessageHandler = async ({ data, publish }, { principal }) => {
  publish('chat', data, { topic: principal, ephemeral: true })
  // @ts-expect-error an event has a type
  publish()
}
createHub().onMessage(handler)
