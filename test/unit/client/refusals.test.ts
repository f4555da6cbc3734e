import { beforeEach, expect, test, vi } from 'vitest'
import { connect, longPoll, sse, websocket } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { address, hello, startSse } from './starting.js'

useFakeTime()

const JSON_TYPE = { 'content-type': 'application/json' }

beforeEach(() => random(0))

test.each([
  [401, 'unauthorized'],
  [403, 'forbidden'],
])('%i without a headers function is the end', async (status, code) => {
  for (const headers of [undefined, { authorization: 'wrong' }]) {
    const { server, live } = startSse({ headers })
    await tick()
    server.requests[0]?.answer('{}', { status, headers: JSON_TYPE })
    expect(await live.closed).toBe('refused')
    expect(live.state.error).toMatchObject({ code, status })
    await expect(live.opened).rejects.toMatchObject({ code })
    await pass(60_000)
    expect(server.requests).toHaveLength(1)
  }
})

test.each([401, 403])('%i asks the headers function once more, then stops', async (status) => {
  let token = 0
  const headers = vi.fn(() => ({ authorization: `token ${++token}` }))
  const { server, live, errors } = startSse({ headers })
  await tick()
  server.requests[0]?.answer('{}', { status })
  await pass(1)
  expect(server.requests.map((request) => request.headers.get('authorization'))).toEqual(['token 1', 'token 2'])
  expect(live.state.status).toBe('connecting')
  server.requests[1]?.answer('{}', { status })
  expect(await live.closed).toBe('refused')
  expect(headers).toHaveBeenCalledTimes(2)
  expect(errors).toHaveLength(2)
})

test('after a sound connection a refusal gets its second chance again', async () => {
  const headers = vi.fn(() => ({}))
  const { server, live } = startSse({ headers })
  await tick()
  server.requests[0]?.answer('', { status: 401 })
  await pass(1)
  server.requests[1]?.begin()
  server.requests[1]?.write(hello())
  await pass(5001)
  server.requests[1]?.end()
  await pass(1)
  server.requests[2]?.answer('', { status: 401 })
  await pass(1)
  expect(server.requests).toHaveLength(4)
  expect(live.state.status).toBe('reconnecting')
  live.close()
})

test('credentials that were let in and refused soon after are asked for anew, but not in a busy loop', async () => {
  random(1)
  const transport = scripted('sse', 'stream')
  const headers = vi.fn(() => ({}))
  const live = connect(address, { transports: [transport], headers })
  for (let turn = 0; turn < 1000; turn++) {
    await pass(10)
    if (!transport.run$.task.signal.aborted) transport.run$.say(hello() + blocks.error('unauthorized'))
  }
  expect(live.state.status).toBe('reconnecting')
  expect(headers.mock.calls.length).toBeGreaterThan(3)
  expect(headers.mock.calls.length).toBeLessThan(10)
  live.close()
})

test('credentials that were let in once, and refused twice in a row since, are refused', async () => {
  const headers = vi.fn(() => ({}))
  const { server, live } = startSse({ headers })
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello())
  await pass(1000)
  server.requests[0]?.end()
  await pass(1)
  server.requests[1]?.answer('', { status: 401 })
  await pass(1)
  server.requests[2]?.answer('', { status: 401 })
  expect(await live.closed).toBe('refused')
  expect(headers).toHaveBeenCalledTimes(3)
})

test('a WebSocket hears of a refusal in an error block', async () => {
  const transport = scripted('websocket', 'message')
  const headers = vi.fn(() => ({ authorization: 'x' }))
  const live = connect(address, { transports: [transport], headers })
  await tick()
  transport.run$.say(blocks.open() + blocks.error('unauthorized'))
  await tick()
  expect(headers).toHaveBeenCalledTimes(2)
  transport.run$.say(blocks.open() + blocks.error('unauthorized'))
  expect(await live.closed).toBe('refused')
  expect(live.state.error).toMatchObject({
    code: 'unauthorized',
    message: expect.stringContaining('as the test wants it'),
  })
})

test('a server that wants other credentials wants them on every transport: no other is tried', async () => {
  const first = scripted('sse', 'stream')
  const second = scripted('long-poll', 'body')
  const live = connect(address, { transports: [first, second] })
  await tick()
  first.run$.say(blocks.open() + blocks.error('unauthorized'))
  expect(await live.closed).toBe('refused')
  expect(second.runs).toHaveLength(0)
})

test('one transport that is forbidden does not keep the others out', async () => {
  const first = scripted('websocket', 'message')
  const second = scripted('sse', 'stream')
  const live = connect(address, { transports: [first, second] })
  await tick()
  first.run$.say(blocks.open() + blocks.error('forbidden'))
  await tick()
  second.run$.say(hello())
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  live.close()
})

test('browsers hide why a WebSocket was refused: what the others heard counts', async () => {
  random(0)
  const server = fakeFetch()
  const sockets = fakeWebSockets()
  const live = connect(address, { transports: [websocket(), sse(), longPoll()] })
  await tick()
  sockets[0]?.end(1006)
  await tick()
  server.requests[0]?.answer('', { status: 403 })
  await tick()
  server.requests[1]?.answer('', { status: 403 })
  expect(await live.closed).toBe('refused')
  expect(live.state.error?.code).toBe('forbidden')
})

test('expired connects again at once, with fresh headers', async () => {
  random(1)
  let token = 0
  const server = fakeFetch()
  const live = connect(address, { transports: [sse()], headers: async () => ({ authorization: `token ${++token}` }) })
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello())
  await pass(6000)
  server.requests[0]?.write(blocks.error('expired'))
  await pass(1)
  expect(server.requests).toHaveLength(2)
  expect(server.requests[1]?.headers.get('authorization')).toBe('token 2')
  expect(server.requests[1]?.url.searchParams.get('cursor')).toBe('g.0')
  live.close()
})

test('a server whose tokens are always expired is not asked in a busy loop', async () => {
  random(1)
  const transport = scripted('sse', 'stream')
  const live = connect(address, { transports: [transport], headers: () => ({}) })
  for (let turn = 0; turn < 1000; turn++) {
    await pass(10)
    if (!transport.run$.task.signal.aborted) transport.run$.say(hello() + blocks.error('expired'))
  }
  expect(transport.runs.length).toBeLessThan(10)
  live.close()
})

test('the headers function is told that it is asked again after a refusal', async () => {
  const told: unknown[] = []
  const { server, live } = startSse({
    headers: ({ refused }) => {
      told.push(refused)
      return {}
    },
  })
  await tick()
  server.requests[0]?.answer('', { status: 401 })
  await pass(1)
  server.requests[1]?.begin()
  server.requests[1]?.write(hello())
  await pass(6000)
  server.requests[1]?.end()
  await pass(1)
  expect(told).toEqual([false, true, false])
  live.close()
})
