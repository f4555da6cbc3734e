import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { connect, sse } from '../../../src/index.js'
import { type MockMessage, mockServer } from '../../../src/testing/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { pass } from './mocked.js'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
useFakeTime()
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

function mocked(...given: Parameters<typeof mockServer<Record<string, unknown>>>) {
  const mock = mockServer(...given)
  server.use(...mock.handlers)
  return mock
}

test('a URL may be relative, or that of a WebSocket, and nothing in it is a pattern', async () => {
  expect(mocked('/live').url).toBe('http://app.test/live')
  await using mock = mocked('ws://app.test:8080/a.b+c/')
  using live = connect('http://app.test:8080/a.b+c/?query=1')
  await pass(50)
  expect(mock.clients).toHaveLength(1)
  expect(live.state.transport).toBe('websocket')
  live.close()
})

test('what cannot be is named', () => {
  expect(() => mockServer('ftp://app.test/')).toThrow(
    new TypeError('mockServer: ftp://app.test/ is no http(s) or ws(s) URL.'),
  )
  expect(() => mockServer('/live', { heartbeat: -1 })).toThrow(/heartbeat/)
  expect(() => mockServer('/live', { history: { maxEvents: -1 } })).toThrow(/maxEvents/)
  const mock = mockServer('/live')
  expect(() => mock.publish('holdfast:mine')).toThrow(TypeError)
})

test('publishing to nobody is fine, and who goes on from there hears it', async () => {
  await using mock = mocked('/live')
  const before = await mock.hub.position()
  await mock.publish('price', 1)
  using live = connect('/live', { lastEventId: before })
  const heard: unknown[] = []
  live.on('price', ({ data }) => heard.push(data))
  await pass(50)
  expect(heard).toEqual([1])
  live.close()
})

test('a history that is too short is a gap', async () => {
  await using mock = mocked('/live', { history: { maxEvents: 1 } })
  using live = connect('/live')
  const gaps: string[] = []
  live.onGap(({ reason }) => gaps.push(reason))
  await pass(50)
  mock.down()
  for (const price of [1, 2, 3]) mock.publish('price', price)
  mock.up()
  await pass(5_000)
  expect(live.state.status).toBe('open')
  expect(gaps).toHaveLength(1)
  live.close()
})

test('heartbeat: how long the server may be silent', async () => {
  await using mock = mocked('/live', { heartbeat: 1_000 })
  using live = connect('/live', { transports: [sse()] })
  await pass(50)
  mock.hang('sse')
  await pass(5_000)
  expect(live.state.status).toBe('open')
  await pass(2_000)
  expect(live.state.status).toBe('reconnecting')
  live.close()
})

test('a handler answers what pages send, by option and from one moment to another', async () => {
  await using mock = mocked('/live', { onMessage: ({ data }) => `first ${data}` })
  using live = connect('/live')
  expect(await live.send('chat', 1)).toBe('first 1')
  const takeBack = mock.onMessage(({ type }) => {
    throw Object.assign(new Error(`no ${type} today`), { code: 'closed-today', expose: true })
  })
  await expect(live.send('chat', 2)).rejects.toMatchObject({ code: 'closed-today', message: 'no chat today' })
  takeBack()
  expect(await live.send('chat', 3)).toBe('first 3')
  expect(mock.messages.map(({ data }) => data)).toEqual([1, 2, 3])
  live.close()
})

test('a page of an origin that is not allowed is refused', async () => {
  await using _mock = mocked('https://api.test/live', { allowedOrigins: [] })
  using live = connect('https://api.test/live')
  await pass(5_000)
  expect(live.state.status).not.toBe('open')
})

test('types: events and messages by their maps', () => {
  interface Events {
    price: { symbol: string; value: number }
  }
  interface Sends {
    chat: string
  }
  const mock = mockServer<Events, Sends>('/live')
  mock.publish('price', { symbol: 'X', value: 7 })
  // @ts-expect-error: another shape
  mock.publish('price', { symbol: 'X' })
  // @ts-expect-error: no such event
  expect(() => mock.publish('prize', 1)).not.toThrow(Error)
  expectTypeOf(mock.received<'chat'>).returns.resolves.toEqualTypeOf<MockMessage<'chat', string>>()
})
