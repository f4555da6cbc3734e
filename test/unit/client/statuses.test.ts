import { beforeEach, expect, test } from 'vitest'
import { connect, sse, websocket } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { blocks } from '../../support/scripted-transport.js'
import { address, hello, startSse } from './starting.js'

useFakeTime()

const JSON_TYPE = { 'content-type': 'application/json' }

beforeEach(() => random(0))

test('204 stops for good', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.answer(null, { status: 204 })
  expect(await live.closed).toBe('stopped')
  await pass(60_000)
  expect(server.requests).toHaveLength(1)
})

test('204 stops a connection that was open as well', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello())
  await pass(6000)
  server.requests[0]?.end()
  await pass(1)
  server.requests[1]?.answer(null, { status: 204 })
  expect(await live.closed).toBe('stopped')
})

test('404 is the end where it was never open', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.answer('<h1>no</h1>', { status: 404 })
  expect(await live.closed).toBe('refused')
  expect(live.state.error).toMatchObject({ code: 'not-found', status: 404 })
})

test('404 is a deployment under way where it was open', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello())
  await pass(6000)
  server.requests[0]?.end()
  await pass(1)
  server.requests[1]?.answer('', { status: 404 })
  await pass(1)
  expect(live.state.status).toBe('reconnecting')
  expect(server.requests).toHaveLength(3)
  live.close()
})

test.each([false, true])('410 is the end (was open: %s)', async (wasOpen) => {
  const { server, live } = startSse()
  await tick()
  if (wasOpen) {
    server.requests[0]?.begin()
    server.requests[0]?.write(hello())
    await pass(6000)
    server.requests[0]?.end()
    await pass(1)
  }
  server.requests.at(-1)?.answer('', { status: 410 })
  expect(await live.closed).toBe('refused')
  expect(live.state.error?.code).toBe('gone')
})

test('another content type is the end where it was never open, and the body is let go', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin({ headers: { 'content-type': 'text/html; charset=utf-8' } })
  expect(await live.closed).toBe('refused')
  expect(live.state.error).toMatchObject({ code: 'content-type', message: expect.stringContaining('text/html') })
  await tick()
  expect(server.requests[0]?.cancelled).toBe(true)
})

test('a content type that only begins like the right one is another', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.answer(hello(), { headers: { 'content-type': 'text/event-stream2' } })
  expect(await live.closed).toBe('refused')
})

test('parameters and case of the content type do not matter', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin({ headers: { 'content-type': 'Text/Event-Stream ;charset=UTF-8' } })
  server.requests[0]?.write(hello())
  await live.opened
  live.close()
})

test.each([500, 502, 503])('%i with a page of HTML is tried again', async (status) => {
  const { server, live, errors } = startSse()
  await tick()
  server.requests[0]?.answer('<h1>Bad gateway</h1>', { status, headers: { 'content-type': 'text/html' } })
  await pass(1)
  expect(errors).toEqual(['status'])
  expect(server.requests).toHaveLength(2)
  expect(live.state.status).toBe('connecting')
  server.requests[1]?.begin()
  server.requests[1]?.write(hello())
  await live.opened
  expect(live.state.error).toBeUndefined()
  live.close()
})

test.each([
  ['7', 7000],
  ['0', 0],
  [new Date('2026-11-20T12:00:30Z').toUTCString(), 30_000],
  [new Date('2026-11-20T11:00:00Z').toUTCString(), 0],
  ['99999999', 3_600_000],
  ['soon', 0],
  ['-5', 0],
])('Retry-After: %s waits %i ms', async (value, wait) => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.answer('', { status: 503, headers: { 'retry-after': value } })
  if (wait) await pass(wait - 1)
  expect(server.requests).toHaveLength(1)
  await pass(2)
  expect(server.requests).toHaveLength(2)
  live.close()
})

test.each(['bad-request', 'unsupported-version'])('400 (%s) is the end', async (code) => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.answer(JSON.stringify({ code, message: 'no' }), { status: 400, headers: JSON_TYPE })
  expect(await live.closed).toBe('refused')
  expect(live.state.error).toMatchObject({ status: 400 })
})

test.each(['bad-request', 'unsupported-version'])('an error block %s is the end', async (code) => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(blocks.open() + blocks.error(code))
  expect(await live.closed).toBe('refused')
  expect(live.state.error?.code).toBe(code)
})

test.each(['hello-timeout', 'unknown-client', 'internal', 'unavailable', 'too-many', 'something-new'])(
  'an error block %s is tried again',
  async (code) => {
    const { server, live, errors } = startSse()
    await tick()
    server.requests[0]?.begin()
    server.requests[0]?.write(blocks.open() + blocks.error(code))
    await pass(1)
    expect(errors).toEqual([code])
    expect(server.requests).toHaveLength(2)
    live.close()
  },
)

test('a server that speaks something else first is refused, with an error that names plain()', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write('data: hi\n\n')
  expect(await live.closed).toBe('refused')
  expect(live.state.error).toMatchObject({ code: 'protocol', message: expect.stringContaining('plain()') })
})

test('a ready that comes before open is another protocol', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(blocks.ready('g.0'))
  await pass(1)
  expect(live.state.status).not.toBe('open')
  live.close()
})

test('malformed JSON of the protocol itself fails the carrier', async () => {
  const { server, live, errors } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write('event: holdfast:open\ndata: {oops\n\n')
  await pass(1)
  expect(errors).toEqual(['malformed'])
  expect(server.requests).toHaveLength(2)
  live.close()
})

test('an event stream that the network breaks is a network error, with its cause', async () => {
  const { server, live } = startSse()
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello())
  await tick()
  server.requests[0]?.break()
  await tick()
  expect(live.state.error).toMatchObject({ code: 'network', cause: expect.any(TypeError) })
  live.close()
})

test('where nobody gets through, the error is that of the transport that knows most', async () => {
  random(1)
  const server = fakeFetch()
  const sockets = fakeWebSockets()
  const live = connect(address, { transports: [websocket(), sse()] })
  await tick()
  sockets[0]?.end(1006)
  await tick()
  server.requests[0]?.break()
  await tick()
  expect(live.state.error).toMatchObject({ code: 'network', message: expect.stringContaining('could not be reached') })
  live.close()
})
