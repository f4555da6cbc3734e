import { expect, test } from 'vitest'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { isSend, openSse, openWebSocket, outcome } from './sending.js'
import { hello } from './starting.js'

useFakeTime()

/** What a frame of sends says of its client, and the numbers in it. */
function said(frame: string): object {
  const { unacknowledged, next, messages } = JSON.parse(frame)
  return { unacknowledged, next, numbers: messages.map(({ number }: { number: number }) => number) }
}

test('on a WebSocket each frame says what had never been transmitted before it', async () => {
  const { transport, live } = await openWebSocket()
  for (const type of ['a', 'b']) {
    outcome(live.send(type))
    await tick()
  }
  expect(transport.run$.sent.filter(isSend).map(said)).toEqual([
    { unacknowledged: 1, next: 1, numbers: [1] },
    { unacknowledged: 1, next: 2, numbers: [2] },
  ])
  live.close()
})

test('a POST that brings something introduces nobody: a copy of it, made on the way, may meet another server', async () => {
  const { server, live } = await openSse()
  outcome(live.send('a'))
  await tick()
  outcome(live.send('b'))
  outcome(live.send('c'))
  server.posts[0]?.answer(null, { status: 413 })
  await tick()
  // Too large for a proxy, it stays withdrawn: its number goes with what follows.
  expect(server.posts.map(({ init }) => said(String(init.body)))).toEqual([
    { unacknowledged: 1, next: undefined, numbers: [1] },
    { unacknowledged: 1, next: undefined, numbers: [1, 2, 3] },
  ])
  live.close()
})

test('a client that one server knows introduces itself where another one answers that it does not', async () => {
  const { server, live } = await openSse()
  const reply = outcome(live.send('a'))
  await tick()
  server.posts[0]?.answer(null, { status: 409 })
  await pass(1000)
  // The one that answers hellos knows it still.
  server.gets.at(-1)?.begin()
  server.gets.at(-1)?.write(hello({}, { handled: 0 }))
  await tick()
  server.posts.at(-1)?.answer(blocks.pong())
  await tick()
  server.posts.at(-1)?.answer(blocks.result(1, { error: { code: 'unconfirmed', message: '' } }))
  await tick()
  outcome(live.send('b'))
  await tick()
  expect(server.posts.map(({ init }) => said(String(init.body)))).toEqual([
    { unacknowledged: 1, next: undefined, numbers: [1] },
    { unacknowledged: 1, next: 2, numbers: [] },
    { unacknowledged: 1, next: undefined, numbers: [1] },
    { unacknowledged: 2, next: undefined, numbers: [2] },
  ])
  expect(reply).toEqual({ code: 'unconfirmed' })
  live.close()
})

/** A connection whose server never heard a hello of this client: another tab holds it. */
async function openUnknown() {
  const { server, live } = await openSse({}, { handled: undefined })
  const newest = () => said(String(server.posts.at(-1)?.init.body))
  return { server, live, newest }
}

test('where no hello has reached the server, the client introduces itself before it transmits anything', async () => {
  const { server, live, newest } = await openUnknown()
  const replies = ['a', 'b'].map((type) => outcome(live.send(type)))
  await tick()
  expect(server.posts).toHaveLength(1)
  expect(newest()).toEqual({ unacknowledged: 1, next: 1, numbers: [] })
  server.posts[0]?.answer(blocks.pong())
  await tick()
  expect(newest()).toEqual({ unacknowledged: 1, next: undefined, numbers: [1, 2] })
  server.posts[1]?.answer(blocks.result(1, { data: 'one' }) + blocks.result(2, { data: 'two' }))
  await tick()
  expect(replies).toEqual([{ value: 'one' }, { value: 'two' }])
  outcome(live.send('c'))
  await tick()
  expect(newest()).toEqual({ unacknowledged: 3, next: undefined, numbers: [3] })
  live.close()
})

test('an introduction that is lost or refused costs nothing but time', async () => {
  const { server, live, newest } = await openUnknown()
  const reply = outcome(live.send('a'))
  for (const lose of ['break', 'refuse'] as const) {
    await tick()
    expect(newest()).toEqual({ unacknowledged: 1, next: 1, numbers: [] })
    if (lose === 'break') server.posts.at(-1)?.break()
    else server.posts.at(-1)?.answer(null, { status: 503 })
    await pass(1000)
    server.gets.at(-1)?.begin()
    server.gets.at(-1)?.write(hello({}, { handled: undefined }))
  }
  await tick()
  server.posts.at(-1)?.answer(blocks.pong())
  await tick()
  server.posts.at(-1)?.answer(blocks.result(1, { data: 'one' }))
  await tick()
  expect(reply).toEqual({ value: 'one' })
  live.close()
})

test('a page that goes away has no time for an introduction', async () => {
  const { server, live, newest } = await openUnknown()
  outcome(live.send('a'))
  await tick()
  dispatchEvent(new Event('pagehide'))
  await tick()
  expect(server.posts).toHaveLength(2)
  expect(newest()).toEqual({ unacknowledged: 1, next: 1, numbers: [1] })
  live.close()
})

test('a number that was given while a hello was on its way, and is given up, is made known', async () => {
  const { server, live } = await openSse()
  live.subscribe('room')
  await tick()
  const reply = outcome(live.send('a'))
  await tick()
  server.gets.at(-1)?.begin()
  // It was started anew, and expects 1, which was never transmitted.
  server.gets.at(-1)?.write(hello({}, { handled: null }))
  await tick()
  expect(reply).toEqual({ code: 'unconfirmed' })
  outcome(live.send('b'))
  await tick()
  server.posts[0]?.answer(blocks.pong())
  await tick()
  expect(server.posts.map(({ init }) => said(String(init.body)))).toEqual([
    { unacknowledged: 2, next: 2, numbers: [] },
    { unacknowledged: 2, next: undefined, numbers: [2] },
  ])
  live.close()
})

test('what is said between two requests was not said', async () => {
  const { server, live, newest } = await openUnknown()
  // Other topics are another request on SSE.
  live.subscribe('room')
  await tick()
  const reply = outcome(live.send('a'))
  await tick()
  expect(server.posts).toHaveLength(0)
  server.gets.at(-1)?.begin()
  server.gets.at(-1)?.write(hello({}, { handled: undefined }))
  await tick()
  expect(newest()).toEqual({ unacknowledged: 1, next: 1, numbers: [] })
  server.posts[0]?.answer(blocks.pong())
  await tick()
  expect(newest()).toEqual({ unacknowledged: 1, next: undefined, numbers: [1] })
  server.posts[1]?.answer(blocks.result(1, { data: 'one' }))
  await tick()
  expect(reply).toEqual({ value: 'one' })
  live.close()
})
