import { expect, test } from 'vitest'
import { connect, longPoll } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { type Frame, openSse, outcome } from './sending.js'
import { address, hello } from './starting.js'

useFakeTime()

/** A connection over SSE, and what its newest POST says. */
async function start() {
  // A function, so that a refusal is not the end.
  const { server, live } = await openSse({ headers: () => ({}) })
  const newest = () => {
    const { unacknowledged, next, messages } = JSON.parse(String(server.posts.at(-1)?.init.body))
    return { unacknowledged, next, messages: messages.map(({ number, type }: Frame['messages'][0]) => number + type) }
  }
  /** Answers the newest POST, which ends the connection, and opens the next one. */
  const refuse = async (status: number) => {
    server.posts.at(-1)?.answer(null, { status })
    await pass(1000)
    server.gets.at(-1)?.begin()
    server.gets.at(-1)?.write(hello())
    await tick()
  }
  return { server, live, newest, refuse }
}

test.each([401, 403, 429])('a POST that is refused with %i was never transmitted', async (status) => {
  const { server, live, newest, refuse } = await start()
  const reply = outcome(live.send('a'))
  await tick()
  await refuse(status)
  expect(server.gets.at(-1)?.url.searchParams.get('next')).toBe('1')
  expect(server.posts).toHaveLength(2)
  expect(newest()).toEqual({ unacknowledged: 1, next: 1, messages: ['1a'] })
  server.posts[1]?.answer(blocks.result(1, { data: 'ok' }))
  await tick()
  expect(reply).toEqual({ value: 'ok' })
  live.close()
})

test.each([500, 503])('one that is answered with %i may have been', async (status) => {
  const { live, newest, refuse } = await start()
  outcome(live.send('a'))
  await tick()
  await refuse(status)
  expect(newest()).toEqual({ unacknowledged: 1, next: 2, messages: ['1a'] })
  live.close()
})

test('only the numbers that were new in it are taken back', async () => {
  const { live, newest, refuse } = await start()
  outcome(live.send('a'))
  await tick()
  outcome(live.send('b'))
  outcome(live.send('c'))
  await refuse(503)
  expect(newest()).toEqual({ unacknowledged: 1, next: 2, messages: ['1a', '2b', '3c'] })
  await refuse(403)
  expect(newest()).toEqual({ unacknowledged: 1, next: 2, messages: ['1a', '2b', '3c'] })
  live.close()
})

test('what was withdrawn meanwhile goes with its number', async () => {
  const { server, live, newest, refuse } = await start()
  const controller = new AbortController()
  outcome(live.send('a'))
  await tick()
  const replies = [live.send('b', 1, { signal: controller.signal }), live.send('c')].map(outcome)
  server.posts[0]?.answer(blocks.result(1))
  await tick()
  expect(newest()).toEqual({ unacknowledged: 2, next: 2, messages: ['2b', '3c'] })
  controller.abort('not any more')
  await refuse(429)
  expect(newest()).toEqual({ unacknowledged: 2, next: 2, messages: ['2c'] })
  server.posts.at(-1)?.answer(blocks.result(2, { data: 'c' }))
  await tick()
  expect(replies).toEqual([{ code: 'not any more' }, { value: 'c' }])
  live.close()
})

test('but what went once more as the page left was transmitted before, whatever becomes of it then', async () => {
  const { server, live, newest } = await start()
  outcome(live.send('a'))
  await tick()
  dispatchEvent(new Event('pagehide'))
  await tick()
  expect(server.posts).toHaveLength(2)
  server.posts[1]?.answer(null, { status: 401 })
  await tick()
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  await tick()
  server.gets.at(-1)?.begin()
  server.gets.at(-1)?.write(hello())
  await tick()
  expect(newest()).toEqual({ unacknowledged: 1, next: 2, messages: ['1a'] })
  live.close()
})

test('nor is a number used again that the server was told of by a hello', async () => {
  const server = fakeFetch()
  const live = connect(address, { transports: [longPoll()], headers: () => ({}) })
  await tick()
  server.gets[0]?.answer(hello())
  await pass(100)
  const lost = outcome(live.send('a'))
  await tick()
  // The server forgets the client, and hears from a poll that 2 is next.
  server.gets[1]?.answer(hello({}, { handled: null }))
  await tick()
  expect(lost).toEqual({ code: 'unconfirmed' })
  server.posts[0]?.answer(null, { status: 403 })
  await pass(100)
  server.gets.at(-1)?.answer(hello({}, { handled: 1 }))
  outcome(live.send('b'))
  await tick()
  expect(JSON.parse(String(server.posts.at(-1)?.init.body))).toMatchObject({ next: 2, messages: [{ number: 2 }] })
  live.close()
})
