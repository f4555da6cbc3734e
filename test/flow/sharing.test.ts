import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Connection, type ConnectOptions, connect, sse, tabs, websocket } from '../../src/index.js'
import { createHub, type Hub } from '../../src/server/index.js'

// Node has BroadcastChannel and Web Locks of its own: every connection here is a tab, in one process.

let server: Server
let hub: Hub
let url = ''
let sent: unknown[]
let open: Connection[]

beforeEach(async () => {
  server = createServer((_, response) => response.writeHead(404).end())
  hub = createHub()
  hub.attach(server, { path: '/live' })
  sent = []
  open = []
  hub.onMessage(({ data }) => {
    sent.push(data)
    return `got ${data}`
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`
})
afterEach(async () => {
  for (const live of open) live.close()
  await hub.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function tab(options: ConnectOptions = {}): Connection {
  const live = connect(url, { share: tabs({ identity: 'ann' }), ...options })
  open.push(live)
  return live
}

/** What a page hears of one type, and a way to wait for so many. */
function heard(live: Connection, type = '*') {
  const all: unknown[] = []
  let wake = () => {}
  live.on(type, ({ data }) => {
    all.push(data)
    wake()
  })
  return {
    all,
    async count(wanted: number) {
      while (all.length < wanted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return all
    },
  }
}

function state(live: Connection, matches: (state: Connection['state']) => boolean): Promise<Connection['state']> {
  return new Promise((resolve) => {
    const check = () => matches(live.state) && resolve(live.state)
    live.onStateChange(check)
    check()
  })
}

describe.each([
  ['websocket', () => [websocket()]],
  ['sse', () => [sse()]],
])('over %s', (name, transports) => {
  test('twenty tabs hold one connection, and each hears every event once and in order', async () => {
    const pages = Array.from({ length: 20 }, () => tab({ transports: transports() }))
    const all = pages.map((live) => heard(live))
    await Promise.all(pages.map((live) => live.opened))
    expect(hub.clients.size).toBe(1)
    expect(pages.map((live) => live.state.role).sort()).toEqual([...Array(19).fill('follower'), 'leader'])
    expect(new Set(pages.map((live) => live.state.transport))).toEqual(new Set([name]))
    for (let number = 0; number < 200; number++) hub.publish('count', number)
    const expected = Array.from({ length: 200 }, (_, number) => number)
    for (const { count } of all) expect(await count(200)).toEqual(expected)
    expect(hub.clients.size).toBe(1)
  })

  test('a follower takes over without loss when the leader closes', async () => {
    const first = tab({ transports: transports() })
    await first.opened
    const others = [tab({ transports: transports() }), tab({ transports: transports() })]
    await Promise.all(others.map((live) => live.opened))
    const all = others.map((live) => heard(live))
    for (let number = 0; number < 50; number++) hub.publish('count', number)
    first.close()
    for (let number = 50; number < 100; number++) await hub.publish('count', number)
    const expected = Array.from({ length: 100 }, (_, number) => number)
    for (const { count } of all) expect(await count(100)).toEqual(expected)
    expect(others.map((live) => live.state.role).sort()).toEqual(['follower', 'leader'])
    await expect.poll(() => hub.clients.size).toBe(1)
  })

  test('a follower sends, and each tab hears its own topics', async () => {
    const [ann, bob] = [
      tab({ transports: transports(), topics: ['a'] }),
      tab({ transports: transports(), topics: ['b'] }),
    ]
    await Promise.all([ann.opened, bob.opened])
    const [heardByAnn, heardByBob] = [heard(ann), heard(bob)]
    expect(await Promise.all([ann.send('say', 1), bob.send('say', 2)])).toEqual(['got 1', 'got 2'])
    await state(ann, ({ status }) => status === 'open')
    hub.publish('news', 'for a', { topic: 'a' })
    hub.publish('news', 'for b', { topic: 'b' })
    hub.publish('news', 'for all')
    expect(await heardByAnn.count(2)).toEqual(['for a', 'for all'])
    expect(await heardByBob.count(2)).toEqual(['for b', 'for all'])
    expect(sent.sort()).toEqual([1, 2])
  })
})
