import { expect, test } from 'vitest'
import { connect, longPoll, sse } from '../../../src/core.js'
import { type FakeRequest, fakeFetch } from '../../support/fake-fetch.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { type Frame, openSse, outcome } from './sending.js'
import { address, hello } from './starting.js'

useFakeTime()

test('the ready of a later poll does not send again what is on its way', async () => {
  const server = fakeFetch()
  const live = connect(address, { transports: [longPoll()] })
  await tick()
  server.gets[0]?.answer(hello())
  await pass(100)
  const reply = outcome(live.send('a'))
  await tick()
  expect(server.posts).toHaveLength(1)
  server.gets[1]?.answer(hello() + blocks.event('x', 1, 'g.1'))
  await pass(100)
  server.gets[2]?.answer(hello() + blocks.event('x', 2, 'g.2'))
  await pass(100)
  expect(server.posts).toHaveLength(1)
  server.posts[0]?.answer(blocks.result(1, { data: 'ok' }))
  await tick()
  expect(reply).toEqual({ value: 'ok' })
  live.close()
})

test('but one that says that the server lost its memory is heard', async () => {
  const server = fakeFetch()
  const live = connect(address, { transports: [longPoll()] })
  await tick()
  server.gets[0]?.answer(hello())
  await pass(100)
  const reply = outcome(live.send('a'))
  await tick()
  server.gets[1]?.answer(hello({}, { handled: null }))
  await tick()
  expect(reply).toEqual({ code: 'unconfirmed' })
  live.close()
})

test('over HTTP one POST is on its way at a time; the rest follows in one', async () => {
  const { server, live } = await openSse({ headers: { authorization: 'me' }, credentials: 'include' })
  for (const type of ['a', 'b', 'c']) outcome(live.send(type))
  await tick()
  expect(server.posts).toHaveLength(1)
  const [post] = server.posts
  expect(post?.url.href).toBe(address)
  expect(post?.headers.get('content-type')).toBe('application/json')
  expect(post?.headers.get('authorization')).toBe('me')
  expect(post?.init).toMatchObject({ credentials: 'include' })
  expect(JSON.parse(`${post?.init.body}`).messages).toMatchObject([{ number: 1, type: 'a' }])
  post?.answer(blocks.result(1))
  await tick()
  expect(server.posts).toHaveLength(2)
  expect(JSON.parse(`${server.posts[1]?.init.body}`).messages).toMatchObject([{ number: 2 }, { number: 3 }])
  live.close()
})

test.each<[string, (post: FakeRequest | undefined) => void]>([
  ['fails', (post) => post?.break()],
  [
    'is answered with anything but outcomes',
    (post) => post?.answer('<h1>Welcome to our Wi-Fi</h1>', { headers: { 'content-type': 'text/html' } }),
  ],
])('a POST that %s ends the carrier, and goes again', async (_, spoil) => {
  const { server, live } = await openSse()
  const reply = outcome(live.send('a'))
  await tick()
  spoil(server.posts[0])
  await pass(1)
  expect(live.state.status).toBe('reconnecting')
  await pass(1000)
  server.gets[1]?.begin()
  server.gets[1]?.write(hello())
  await tick()
  server.posts[1]?.answer(blocks.result(1, { data: 'ok' }))
  await tick()
  expect(reply).toEqual({ value: 'ok' })
  live.close()
})

test('a message that the server calls too large is rejected, and not sent for ever', async () => {
  const { server, live } = await openSse()
  const reply = outcome(live.send('a'))
  for (let turn = 0; turn < 5 && !reply.code; turn++) {
    await tick()
    server.posts[turn]?.answer('{"code":"too-large","message":"no"}', { status: 413 })
    await pass(20_000)
    if (live.state.status !== 'open') {
      server.gets.at(-1)?.begin()
      server.gets.at(-1)?.write(hello())
      await tick()
    }
  }
  expect(reply).toEqual({ code: 'message-too-large' })
  live.close()
})

test('a send while topics change over SSE does not cost the connection', async () => {
  const { server, live } = await openSse()
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  live.subscribe('room')
  await tick()
  const reply = outcome(live.send('a'))
  await tick()
  expect(server.gets).toHaveLength(2)
  server.gets[1]?.begin()
  server.gets[1]?.write(hello())
  await tick()
  expect(errors).toEqual([])
  expect(server.posts).toHaveLength(1)
  server.posts[0]?.answer(blocks.result(1))
  await tick()
  expect(reply).toEqual({ value: undefined })
  live.close()
})

test('own headers of a transport are on its POSTs as well', async () => {
  const server = fakeFetch()
  const live = connect(address, { transports: [sse({ headers: { 'x-own': '1' }, url: '/events' })] })
  await tick()
  server.gets[0]?.begin()
  server.gets[0]?.write(hello())
  await live.opened
  outcome(live.send('a'))
  await tick()
  expect(server.posts[0]?.url.pathname).toBe('/events')
  expect(server.posts[0]?.headers.get('x-own')).toBe('1')
  live.close()
})

test('a frame that does not pass for its size goes in parts, and every message that passes alone is sent', async () => {
  const { server, live } = await openSse()
  const passes = 1000
  const replies = Array.from({ length: 6 }, (_, n) => outcome(live.send('a', `${n}`.repeat(600))))
  const handled: number[] = []
  for (let turn = 0; turn < 20; turn++) {
    await tick()
    const post = server.posts[turn]
    const body = `${post?.init.body}`
    if (!post) break
    if (body.length > passes) post.answer('', { status: 413 })
    else {
      const { messages }: Frame = JSON.parse(body)
      for (const { number } of messages) handled.push(number)
      post.answer(messages.map(({ number }) => blocks.result(number, { data: number })).join(''))
    }
  }
  await tick()
  expect(replies).toEqual([1, 2, 3, 4, 5, 6].map((value) => ({ value })))
  expect(handled).toEqual([1, 2, 3, 4, 5, 6])
  live.close()
})

test('one message alone that does not pass is rejected, and keeps its number as withdrawn', async () => {
  const { server, live } = await openSse()
  const [large, small] = [outcome(live.send('a', 'x'.repeat(600))), outcome(live.send('b'))]
  await tick()
  server.posts[0]?.answer('', { status: 413 })
  await tick()
  expect(large).toEqual({ code: 'message-too-large' })
  expect(JSON.parse(`${server.posts[1]?.init.body}`).messages).toMatchObject([
    { number: 1, type: 'holdfast:withdrawn' },
    { number: 2, type: 'b' },
  ])
  server.posts[1]?.answer(blocks.result(1) + blocks.result(2, { data: 'ok' }))
  await tick()
  expect(small).toEqual({ value: 'ok' })
  expect(live.state.status).toBe('open')
  live.close()
})

test('the answer to a POST is no sign of life of the stream', async () => {
  const { server, live } = await openSse()
  for (let turn = 0; turn < 3; turn++) {
    await pass(6000)
    outcome(live.send('a'))
    await tick()
    server.posts[turn]?.answer(blocks.result(turn + 1))
    await tick()
  }
  await pass(1999)
  expect(live.state.status).toBe('open')
  await pass(1)
  expect(live.state.error?.code).toBe('silent')
  live.close()
})

test('a POST that is never answered is given up, and its messages go again; each time it may take longer', async () => {
  const { server, live } = await openSse()
  const reply = outcome(live.send('a'))
  await tick()
  await beat(server.gets[0], 9_999)
  expect(server.posts).toHaveLength(1)
  await beat(server.gets[0], 1)
  expect(server.posts.map(({ signal }) => signal?.aborted)).toEqual([true, false])
  const [first, second] = server.posts.map(({ init }) => JSON.parse(`${init.body}`))
  expect(second.messages).toEqual(first.messages)
  // Whoever knows nothing of the first must not take the second for the first.
  expect([first.next, second.next]).toEqual([undefined, undefined])
  await beat(server.gets[0], 19_999)
  expect(server.posts).toHaveLength(2)
  await beat(server.gets[0], 1)
  expect(server.posts).toHaveLength(3)
  server.posts[2]?.answer(blocks.result(1))
  await tick()
  expect(reply).toEqual({ value: undefined })
  // The stream has lived on.
  expect(server.gets).toHaveLength(1)
  // What came through proves the way: the next one is waited for as long as the first.
  outcome(live.send('b'))
  await tick()
  await beat(server.gets[0], 10_000)
  expect(server.posts).toHaveLength(5)
  live.close()
  expect(server.posts[4]?.signal?.aborted).toBe(true)
})

/** Lets time pass on a stream that is alive. */
async function beat(stream: FakeRequest | undefined, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    stream?.write(':\n\n')
    await pass(Math.min(left, 5_000))
  }
}
