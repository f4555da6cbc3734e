import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createHub, memoryHistory } from '../../../src/server/index.js'

test('a poll whose hello is still being dealt with when the hub drains has its ready', async () => {
  const history = memoryHistory()
  const reading = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const hub = createHub({
    history: {
      open: (listener) => history.open(listener),
      append: (item) => history.append(item),
      announce: (item) => history.announce(item),
      position: () => history.position(),
      async read(after, limit) {
        reading.resolve()
        await answer.promise
        return history.read(after, limit)
      },
    },
  })
  const server = createServer()
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const cursor = await hub.publish('x', 1)
  await hub.publish('x', 2)
  const response = fetch(`http://127.0.0.1:${port}/live?carrier=poll&wait=1000&cursor=${cursor}`)
  await reading.promise
  const drained = hub.drain({ window: 500 })
  // Time enough for an answer to be taken for whole.
  await setImmediate()
  await setImmediate()
  answer.resolve()
  expect(await (await response).text()).toContain('holdfast:ready')
  await drained
  await hub.close()
  server.close()
})
