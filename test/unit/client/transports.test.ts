import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { blocks } from '../../support/scripted-transport.js'
import { core } from './entries.js'

const { connect, longPoll, plain, sse, websocket } = core

useFakeTime()

const hello = () => blocks.open() + blocks.ready('g.0')

let sockets: ReturnType<typeof fakeWebSockets>

let server: ReturnType<typeof fakeFetch>

beforeEach(() => {
  random(0)
  server = fakeFetch()
  sockets = fakeWebSockets()
})

let live: { close(): void } | undefined

afterEach(() => live?.close())

test('requests are never cached, and accept what they can read', async () => {
  for (const transport of [sse(), longPoll()]) {
    live = connect('/live', { transports: [transport], headers: { 'x-a': '1' } })
    await tick()
    const request = server.requests.at(-1)
    expect(request?.init).toMatchObject({ cache: 'no-store', credentials: 'same-origin' })
    expect(request?.headers.get('accept')).toBe('text/event-stream')
    expect(request?.headers.get('x-a')).toBe('1')
    live.close()
  }
})

test.each(['omit', 'same-origin', 'include'] as const)('credentials: %s', async (credentials) => {
  live = connect('/live', { transports: [sse()], credentials })
  await tick()
  expect(server.requests[0]?.init.credentials).toBe(credentials)
})

test('headers of a transport alone go with it, and win', async () => {
  live = connect('/live', { transports: [sse({ headers: { 'x-a': 'own', 'x-b': '2' } })], headers: { 'x-a': '1' } })
  await tick()
  expect(server.requests[0]?.headers.get('x-a')).toBe('own')
  expect(server.requests[0]?.headers.get('x-b')).toBe('2')
})

test('close aborts a request that is not answered, and the read of one that is', async () => {
  const one = connect('/live', { transports: [sse()] })
  await tick()
  one.close()
  expect(server.requests[0]?.signal?.aborted).toBe(true)
  const other = connect('/live', { transports: [sse()] })
  await tick()
  server.requests[1]?.begin()
  server.requests[1]?.write(hello())
  await other.opened
  other.close()
  await tick()
  expect(server.requests[1]?.cancelled).toBe(true)
})

test('an abort ends the read also where the platform forgets to', async () => {
  let cancelled = false
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(hello())),
      cancel: () => {
        cancelled = true
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  })
  const one = connect('/live', { transports: [sse()] })
  await one.opened
  one.close()
  await tick()
  expect(cancelled).toBe(true)
})

test('so does an abort in the very moment of opening', async () => {
  let cancelled = false
  vi.stubGlobal('fetch', async () => {
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  })
  const one = connect('/live', { transports: [sse()], protocol: plain() })
  one.onStateChange(({ status }) => status === 'open' && one.close())
  await tick()
  expect(one.state.status).toBe('closed')
  expect(cancelled).toBe(true)
})

test('a fetch that throws at once is a network error', async () => {
  vi.stubGlobal('fetch', () => {
    throw new TypeError('blocked by an extension')
  })
  const one = connect('/live', { transports: [sse()], reconnect: false })
  expect(await one.closed).toBe('ended')
  expect(one.state.error).toMatchObject({ code: 'network', cause: expect.any(TypeError) })
})

test('a response without a body is one that has ended', async () => {
  vi.stubGlobal('fetch', async () => new Response(null, { headers: { 'content-type': 'text/event-stream' } }))
  const one = connect('/live', { transports: [sse()], protocol: plain(), reconnect: false })
  expect(await one.closed).toBe('ended')
})

test('a WebSocket is closed by close(), and what it still says is not heard', async () => {
  const one = connect('/live', { transports: [websocket()] })
  const heard: unknown[] = []
  one.on('*', (event) => heard.push(event))
  await tick()
  expect(sockets[0]?.protocols).toBeUndefined()
  sockets[0]?.open()
  sockets[0]?.message(hello())
  await one.opened
  one.close()
  expect(sockets[0]?.closed).toBe(true)
  sockets[0]?.message(blocks.event('a', 1, 'g.1'))
  sockets[0]?.end(1005)
  await pass(1000)
  expect(heard).toEqual([])
  expect(one.state).toMatchObject({ status: 'closed', reason: 'page', error: undefined })
  expect(sockets).toHaveLength(1)
})

test('a WebSocket that breaks says with what', async () => {
  const one = connect('/live', { transports: [websocket()] })
  live = one
  const errors: unknown[] = []
  one.onError(({ code, status, message }) => errors.push([code, status, message]))
  await tick()
  sockets[0]?.end(1006)
  await pass(1)
  sockets[1]?.open()
  sockets[1]?.message(hello())
  sockets[1]?.end(1011, 'oops')
  await tick()
  expect(errors).toEqual([
    ['network', 1006, expect.stringContaining('could not be opened')],
    ['network', 1011, expect.stringMatching(/1011.*oops/)],
  ])
})

test('a WebSocket that the server closes in good order is connected again', async () => {
  const one = connect('/live', { transports: [websocket()] })
  live = one
  await tick()
  sockets[0]?.open()
  sockets[0]?.message(hello())
  sockets[0]?.end(1000)
  await pass(1)
  expect(one.state).toMatchObject({ status: 'reconnecting', error: undefined })
  expect(sockets).toHaveLength(2)
})

test('a hello with headers is the first thing that a WebSocket says', async () => {
  live = connect('/live', { transports: [websocket()], headers: { authorization: 'me' } })
  await tick()
  expect(sockets[0]?.sent).toEqual([])
  sockets[0]?.open()
  expect(sockets[0]?.sent).toHaveLength(1)
  expect(JSON.parse(`${sockets[0]?.sent[0]}`)).toMatchObject({ holdfast: 'hello', headers: { authorization: 'me' } })
})

test('a frame that the WebSocket does not take is not lost', async () => {
  const one = connect('/live', { transports: [websocket()] })
  live = one
  await tick()
  const [socket] = sockets
  socket?.open()
  socket?.message(hello())
  await tick()
  socket?.message(blocks.pong())
  vi.spyOn(socket ?? { send() {} }, 'send').mockImplementation(() => {
    throw new DOMException('full', 'InvalidStateError')
  })
  const reply = one.send('a')
  await pass(1)
  sockets[1]?.open()
  sockets[1]?.message(hello())
  await tick()
  sockets[1]?.message(blocks.result(1, { data: 'ok' }))
  expect(await reply).toBe('ok')
})

test('globals are looked up when they are used', async () => {
  const one = connect('/live', { transports: [sse(), longPoll()] })
  live = one
  const later = fakeFetch()
  await tick()
  expect(server.requests).toHaveLength(0)
  expect(later.requests).toHaveLength(1)
})

test('it runs where there is no page at all, given an absolute URL', async () => {
  const bare = {
    fetch: globalThis.fetch,
    WebSocket: globalThis.WebSocket,
    setTimeout: (handler: () => void, delay: number) => globalThis.setTimeout(handler, delay),
    clearTimeout: (timer: unknown) => globalThis.clearTimeout(timer as number),
    queueMicrotask: (task: () => void) => globalThis.queueMicrotask(task),
    Date,
    Math,
    crypto: globalThis.crypto,
  }
  expect(() => connect('/live', { transports: [sse()], env: bare })).toThrow(/url/i)
  const one = connect('http://app.test/live', { transports: [sse()], env: bare })
  live = one
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello())
  await one.opened
  expect(one.state.transport).toBe('sse')
})
