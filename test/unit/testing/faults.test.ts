import { describe, expect, test } from 'vitest'
import { longPoll, sse, websocket } from '../../../src/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { hear, mock, pass, withMock } from './mocked.js'

useFakeTime()
withMock()

describe('block', () => {
  test('a refused WebSocket costs no head start', async () => {
    mock.block('websocket')
    const { live } = hear()
    await pass(50)
    expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
    expect(mock.clients).toMatchObject([{ transport: 'sse' }])
  })

  test('cuts what is open, and the page goes on by another way', async () => {
    const { live, heard } = hear()
    await pass(50)
    expect(live.state.transport).toBe('websocket')
    mock.block('websocket')
    mock.publish('price', 1)
    await pass(2_000)
    expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
    expect(heard).toEqual([1])
  })

  test('of POST: what the page sends waits, and arrives when it passes again', async () => {
    mock.block('websocket')
    mock.block('post')
    const { live } = hear()
    await pass(50)
    const sent = live.send('chat', 'hi')
    await pass(2_000)
    expect(mock.messages).toEqual([])
    mock.pass()
    await pass(10_000)
    expect(await mock.received('chat')).toMatchObject({ data: 'hi' })
    await sent
  })
})

describe('hang', () => {
  test('a WebSocket that is never answered loses to SSE after its head start', async () => {
    mock.hang('websocket')
    const { live } = hear()
    await pass(250)
    expect(live.state.status).toBe('connecting')
    await pass(100)
    expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  })

  test('what was open says nothing more, and the page notices by the heartbeat', async () => {
    const { live, heard } = hear({ transports: [websocket()] })
    await pass(50)
    mock.hang('websocket')
    mock.publish('price', 1)
    await pass(15_000)
    expect(live.state.status).toBe('open')
    expect(heard).toEqual([])
    await pass(6_000)
    expect(live.state.status).toBe('reconnecting')
    mock.pass('websocket')
    await pass(15_000)
    expect(live.state.status).toBe('open')
    expect(heard).toEqual([1])
  })

  test.each([sse(), longPoll()])('of $name', async (transport) => {
    mock.hang(transport.name === 'sse' ? 'sse' : 'long-poll')
    const { live } = hear({ transports: [transport] })
    await pass(9_000)
    expect(live.state.status).toBe('connecting')
    mock.pass()
    await pass(10_000)
    expect(live.state.status).toBe('open')
  })

  test('that is over lets pass what was held', async () => {
    const { heard } = hear({ transports: [sse()] })
    await pass(50)
    mock.hang('sse')
    mock.publish('price', 1)
    await pass(1_000)
    expect(heard).toEqual([])
    mock.pass('sse')
    await pass(10)
    expect(heard).toEqual([1])
  })
})

test('buffer: headers pass, no body does, and the page falls to long-polling', async () => {
  mock.block('websocket')
  mock.buffer('sse')
  const { live, heard } = hear()
  await pass(250)
  expect(live.state.status).toBe('connecting')
  await pass(200)
  expect(live.state).toMatchObject({ status: 'open', transport: 'long-poll' })
  mock.publish('price', 1)
  await pass(10)
  expect(heard).toEqual([1])
})

test('buffer lets a long-poll pass when it ends', async () => {
  mock.buffer('long-poll')
  const { heard } = hear({ transports: [longPoll()] })
  await pass(50)
  mock.publish('price', 1)
  await pass(50)
  expect(heard).toEqual([1])
})

describe('cut', () => {
  test.each([websocket(), sse(), longPoll()])(
    'of $name: the page comes back, and misses nothing',
    async (transport) => {
      const { live, heard, gaps } = hear({ transports: [transport] })
      await pass(50)
      mock.publish('price', 1)
      await pass(50)
      mock.cut()
      mock.publish('price', 2)
      await pass(10)
      await pass(2_000)
      expect(live.state.status).toBe('open')
      expect(heard).toEqual([1, 2])
      expect(gaps).toEqual([])
    },
  )

  test('of one transport alone', async () => {
    const one = hear({ transports: [websocket()] })
    const other = hear({ transports: [sse()] })
    await pass(50)
    mock.cut('sse')
    await pass(2_000)
    expect(one.errors).toEqual([])
    expect(other.errors).toEqual(['network'])
  })
})

test('down and up: the page comes back and misses nothing', async () => {
  const { live, heard, gaps } = hear()
  await pass(50)
  mock.down()
  await pass(10)
  expect(live.state.status).toBe('reconnecting')
  expect(mock.clients).toEqual([])
  mock.publish('price', 1)
  await pass(20_000)
  expect(live.state.status).toBe('reconnecting')
  mock.up()
  await pass(31_000)
  expect(live.state.status).toBe('open')
  expect(heard).toEqual([1])
  expect(gaps).toEqual([])
})

describe('loseHistory', () => {
  test('who is connected is told of a gap, and goes on', async () => {
    const { heard, gaps } = hear()
    await pass(50)
    mock.publish('price', 1)
    await pass(10)
    await mock.loseHistory()
    mock.publish('price', 2)
    await pass(10)
    expect(gaps).toEqual(['history'])
    expect(heard).toEqual([1, 2])
  })

  test('who comes back is told of a gap', async () => {
    const { live, heard, gaps } = hear()
    await pass(50)
    mock.down()
    mock.publish('price', 1)
    await mock.loseHistory()
    mock.up()
    await pass(5_000)
    expect(live.state.status).toBe('open')
    expect(gaps).toHaveLength(1)
    expect(heard).toEqual([])
  })
})

test('a transport that does not exist is named', () => {
  // @ts-expect-error: there is none of that name
  expect(() => mock.block('ws')).toThrow(
    new TypeError('mock.block: there is no transport "ws" here. There are: websocket, sse, long-poll, post.'),
  )
  // @ts-expect-error: nothing buffers messages
  expect(() => mock.buffer('websocket')).toThrow(TypeError)
})
