import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, longPoll, sse, websocket } from '../../src/index.js'
import { createHub } from '../../src/server/index.js'

const server = createServer((_, response) => response.writeHead(404).end())
const hub = createHub({
  authorize: ({ headers }: { headers: Headers }) => ({
    principal: headers.get('authorization') ?? 'nobody',
    topics: '*',
  }),
})
hub.attach(server, { path: '/live' })
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`
})
afterAll(async () => {
  await hub.close()
  server.closeAllConnections()
  server.close()
})
hub.onMessage(async (message: { type: string; data: unknown }, client: { principal: string }) => ({
  echo: message.data,
  by: client.principal,
}))

describe.each([
  ['websocket', websocket],
  ['sse', sse],
  ['long-poll', longPoll],
] as const)('%s', (name, transport) => {
  test('events, topics, sends and headers', async () => {
    const live = connect(url, { transports: [transport()], headers: { authorization: 'me' }, topics: ['room'] })
    const heard: unknown[] = []
    const three = new Promise<void>((resolve) => {
      live.on('*', ({ type, data }) => {
        if (heard.push([type, data]) === 4) resolve()
      })
    })
    live.onError((error) => heard.push(error))
    await live.opened
    expect(live.state.transport).toBe(name)
    await hub.publish('a', { n: 1 })
    await hub.publish('b', 2, { topic: 'room' })
    await hub.publish('c', 3, { topic: 'other' })
    await hub.publish('d', new Uint8Array([1, 2, 3]), { to: 'me' })
    await hub.publish('e', 5)
    await three
    expect(heard).toEqual([
      ['a', { n: 1 }],
      ['b', 2],
      ['d', new Uint8Array([1, 2, 3])],
      ['e', 5],
    ])
    expect(await live.send('chat', { text: 'hi' })).toEqual({ echo: { text: 'hi' }, by: 'me' })
    expect(live.state.lastEventId).toBe(await hub.position())
    live.close()
  })
})
