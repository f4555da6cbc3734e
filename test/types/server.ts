import { createServer } from 'node:http'
import { createHub } from 'holdfast/server'

const hub = createHub({ allowedOrigins: ['https://example.test'], heartbeat: 15_000 })
hub.attach(createServer(), { path: '/live' })

async function use(): Promise<void> {
  const id: string | undefined = await hub.publish('price', { value: 7 }, { topic: 'prices' })
  const answer: Response = await hub.fetch(new Request('https://example.test/live'))
  hub.onMessage(async (message, client) => `${message.type} ${client.principal}`)
  await hub.drain({ window: 1000 })
  await hub.close()
  // @ts-expect-error an event has a type
  hub.publish()
  // @ts-expect-error there is no such option
  createHub({ origins: [] })
}
