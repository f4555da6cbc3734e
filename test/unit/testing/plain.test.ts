import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect, longPoll, plain, sse, websocket } from '../../../src/index.js'
import { mockServer } from '../../../src/testing/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { pass } from './mocked.js'

const mock = mockServer('https://app.test/events', { protocol: plain() })
const server = setupServer(...mock.handlers)
const opened: Disposable[] = []
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
useFakeTime()
afterEach(async () => {
  for (const live of opened.splice(0)) live[Symbol.dispose]()
  await mock.reset()
})
afterAll(() => server.close())

function open(transport = websocket()) {
  const live = connect(mock.url, { protocol: plain(), transports: [transport] })
  opened.push(live)
  const heard: unknown[] = []
  live.on('*', ({ type, data, id }) => heard.push([type, data, id]))
  return { live, heard }
}

test('a WebSocket carries raw text and bytes, both ways', async () => {
  const { live, heard } = open()
  await pass(10)
  expect(mock.clients).toMatchObject([{ transport: 'websocket', id: undefined }])
  mock.publish('7')
  mock.publish(new Uint8Array([1, 2]))
  await pass(10)
  expect(heard[0]).toEqual(['message', '7', undefined])
  expect(heard).toHaveLength(2)
  await live.send('hi')
  expect(await mock.received()).toEqual({ type: 'message', data: 'hi', transport: 'websocket' })
  await live.send(new Uint8Array([3]))
  await pass(10)
  expect(mock.messages[1]?.data).toEqual(new Uint8Array([3]).buffer)
})

describe.each([sse(), longPoll()])('$name', (transport) => {
  test('carries events with ids and types, and goes on after a cut', async () => {
    const { heard } = open(transport)
    await pass(10)
    expect(mock.clients).toMatchObject([{ transport: transport.name }])
    mock.publish('one\ntwo', { type: 'price' })
    await pass(2_000)
    mock.cut()
    mock.publish('three')
    await pass(5_000)
    expect(heard).toEqual([
      ['price', 'one\ntwo', '1'],
      ['message', 'three', '2'],
    ])
  })

  test('is blocked like every other', async () => {
    mock.block(transport.name === 'sse' ? 'sse' : 'long-poll')
    const { live } = open(transport)
    await pass(100)
    expect(live.state.status).not.toBe('open')
    mock.pass()
    await pass(5_000)
    // A poll is open when it was answered.
    mock.publish('x')
    await pass(10)
    expect(live.state.status).toBe('open')
  })
})

test('a poll without news is answered with 204, and asked again', async () => {
  const { live, heard } = open(longPoll())
  await pass(21_000)
  await pass(1_000)
  mock.publish('late')
  await pass(10)
  expect(live.state.status).toBe('open')
  expect(heard).toEqual([['message', 'late', '1']])
})

test('a WebSocket that hangs in its handshake never opens: there open would be all the proof', async () => {
  mock.hang('websocket')
  const { live } = open()
  await pass(5_000)
  expect(live.state.status).toBe('connecting')
  expect(mock.clients).toEqual([])
})

test('bytes have no type', () => {
  expect(() => mock.publish(new Uint8Array([1]), { type: 'price' })).toThrow(TypeError)
})

test('only plain() is another protocol', () => {
  // @ts-expect-error: not a protocol
  expect(() => mockServer('/live', { protocol: { native: true } })).toThrow(/protocol must be plain\(\)/)
  expect(() => mockServer('/live', { protocol: plain(), wait: -1 })).toThrow(/wait/)
})
