import { expect, test } from 'vitest'
import { type ConnectOptions, connect, websocket } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { numbers, openWebSocket, outcome } from './sending.js'
import { address, hello } from './starting.js'

useFakeTime()

function start(options: Omit<ConnectOptions, 'transports'> = {}) {
  const sse = scripted('sse', 'stream')
  return { sse, live: connect(address, { transports: [sse], ...options }) }
}

test('the page that goes away on a WebSocket sends by a keepalive POST', async () => {
  random(0)
  const server = fakeFetch()
  const sockets = fakeWebSockets()
  const live = connect(address, { transports: [websocket()], headers: { authorization: 'me' } })
  await tick()
  sockets[0]?.open()
  sockets[0]?.message(hello())
  await tick()
  sockets[0]?.message(blocks.pong())
  outcome(live.send('a', 'bye'))
  await tick()
  dispatchEvent(new Event('pagehide'))
  await tick()
  expect(sockets[0]?.closed).toBe(true)
  expect(server.posts).toHaveLength(1)
  const [post] = server.posts
  expect(post?.init).toMatchObject({ keepalive: true, cache: 'no-store' })
  expect(post?.signal?.aborted).not.toBe(true)
  expect(post?.headers.get('authorization')).toBe('me')
  expect(JSON.parse(`${post?.init.body}`)).toMatchObject({ messages: [{ number: 1, data: 'bye' }] })
  live.close()
})

test('what does not fit into a keepalive request waits for the page to come back', async () => {
  const { transport, live } = await openWebSocket({ limit: 1_000_000 })
  const big = outcome(live.send('big', 'x'.repeat(100_000)))
  const unsent = outcome(live.send('big', 'y'.repeat(100_000)))
  await tick()
  dispatchEvent(new Event('pagehide'))
  await tick()
  expect([big, unsent]).toEqual([{}, {}])
  for (const frame of transport.run$.left) expect(frame.length).toBeLessThanOrEqual(65_536)
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  await tick()
  transport.run$.say(hello({ limit: 1_000_000 }))
  await tick()
  expect(numbers(transport).flat()).toEqual([1, 2])
  live.close()
})

test('what goes with the page fits into a keepalive request, and uses it', async () => {
  const { transport, live } = await openWebSocket({ limit: 1_000_000 })
  for (let n = 0; n < 10; n++) outcome(live.send('a', 'x'.repeat(10_000)))
  await tick()
  dispatchEvent(new Event('pagehide'))
  await tick()
  const [frame = ''] = transport.run$.left
  expect(frame.length).toBeLessThanOrEqual(65_536)
  expect(JSON.parse(frame).messages).toHaveLength(6)
  live.close()
})

test('a page that goes away holds nothing open, and comes back where it was', async () => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello(), blocks.event('a', 1, 'g.1'))
  const reply = live.send('chat', 'bye')
  reply.catch(() => {})
  const old = sse.run$
  dispatchEvent(new Event('pagehide'))
  expect(old.left.map((frame) => JSON.parse(frame))).toMatchObject([
    { holdfast: 'send', messages: [{ number: 1, type: 'chat', data: 'bye' }] },
  ])
  expect(old.task.signal.aborted).toBe(true)
  expect(live.state.status).toBe('reconnecting')
  await pass(600_000)
  dispatchEvent(new Event('online'))
  await pass(1000)
  expect(sse.runs).toHaveLength(1)
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  await tick()
  expect(sse.runs).toHaveLength(2)
  expect(sse.run$.ask.url).toContain('cursor=g.1')
  sse.run$.say(blocks.open() + blocks.ready('g.1', { handled: 1 }) + blocks.event('a', 2, 'g.2'))
  expect(sse.run$.sent).toEqual([])
  sse.run$.task.answer(blocks.result(1, { data: 'ok' }))
  expect(await reply).toBe('ok')
  live.close()
})

test('what the page says in its own pagehide listener goes too', async () => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello())
  const leave = () => void live.send('bye').catch(() => {})
  addEventListener('pagehide', leave, { once: true })
  const old = sse.run$
  dispatchEvent(new Event('pagehide'))
  await tick()
  expect(old.left.map((frame) => JSON.parse(frame))).toMatchObject([{ messages: [{ number: 1, type: 'bye' }] }])
  live.close()
})

test('what is said on leaving may be overtaken: each request holds all that has no outcome yet', async () => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello())
  const leave = () => {
    for (const word of ['one', 'two', 'three']) live.send(word).catch(() => {})
  }
  addEventListener('pagehide', leave, { once: true })
  const old = sse.run$
  dispatchEvent(new Event('pagehide'))
  await tick()
  // Several requests have no order: a server that gets number 3 before number 2 must refuse it, and nobody is left to repeat it.
  const sent = old.left.map((frame) => JSON.parse(frame).messages.map(({ number }: { number: number }) => number))
  for (const numbers of sent) expect(numbers[0]).toBe(1)
  expect(sent.at(-1)).toEqual([1, 2, 3])
  live.close()
})
