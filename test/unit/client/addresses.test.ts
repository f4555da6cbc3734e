import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeFetch } from '../../support/fake-fetch.js'
import { random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { connect as connectToAll, core } from './entries.js'

const { connect, longPoll, sse, websocket } = core

useFakeTime()

let sockets: ReturnType<typeof fakeWebSockets>

let server: ReturnType<typeof fakeFetch>

beforeEach(() => {
  random(0)
  server = fakeFetch()
  sockets = fakeWebSockets()
})

let live: { close(): void } | undefined

afterEach(() => live?.close())

const withoutQuery = (url: string | URL | undefined) => `${url}`.split('?')[0]

test.each([
  ['/live', 'http://app.test/live'],
  ['live', 'http://app.test/live'],
  ['//other.test/live', 'http://other.test/live'],
  ['http://other.test:81/live', 'http://other.test:81/live'],
  ['https://other.test/live', 'https://other.test/live'],
  ['ws://other.test/live', 'http://other.test/live'],
  ['wss://other.test/live', 'https://other.test/live'],
])('the address %s works over every transport', async (address, http) => {
  for (const transport of [sse(), longPoll()]) {
    live = connect(address, { transports: [transport] })
    await tick()
    expect(withoutQuery(server.requests.at(-1)?.url)).toBe(http)
    live.close()
  }
  live = connect(new URL(address, location.href), { transports: [websocket()] })
  await tick()
  expect(withoutQuery(sockets[0]?.url)).toBe(http.replace('http', 'ws'))
})

test.each([
  ['/own', 'app.test/own'],
  ['own', 'app.test/a/own'],
  ['wss://other.test/own', 'other.test/own'],
  ['https://other.test/own', 'other.test/own'],
  [new URL('http://other.test/own?x=1'), 'other.test/own'],
])('a transport may have its own url: %s', async (url, expected) => {
  live = connect('/a/live', { transports: [websocket({ url }), sse({ url }), longPoll({ url })] })
  await tick()
  sockets[0]?.end(1006)
  await tick()
  server.requests[0]?.break()
  await tick()
  const urls = [sockets[0]?.url, ...server.requests.map((request) => request.url.href)]
  expect(urls.slice(0, 3).map((each) => withoutQuery(each)?.replace(/^\w+:\/\//, ''))).toEqual([
    expected,
    expected,
    expected,
  ])
})

test('the query of an address is kept', async () => {
  live = connect('/live?room=7', { transports: [sse()], lastEventId: 'g.1', topics: ['a'] })
  await tick()
  const query = server.requests[0]?.url.searchParams
  expect([...(query ?? [])].filter(([name]) => name !== 'client')).toEqual([
    ['room', '7'],
    ['holdfast', '1'],
    ['cursor', 'g.1'],
    ['topic', 'a'],
    ['unacknowledged', '1'],
    ['next', '1'],
  ])
})

test('a long-poll says so, and how long the server may wait', async () => {
  live = connect('/live', { transports: [longPoll()] })
  await tick()
  const query = server.requests[0]?.url.searchParams
  expect([query?.get('carrier'), query?.get('wait')]).toEqual(['poll', '0'])
})

test('by default there are three transports, in this order', async () => {
  const one = connectToAll('/live')
  live = one
  await tick()
  sockets[0]?.end(1006)
  await tick()
  server.requests[0]?.break()
  await tick()
  expect(
    one
      .explain()
      .attempts.map(({ transport }) => transport)
      .slice(0, 3),
  ).toEqual(['websocket', 'sse', 'long-poll'])
})
