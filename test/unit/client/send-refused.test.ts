import { expect, test } from 'vitest'
import { connect, longPoll } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
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

test.each([401, 429, 500, 503])(
  'a POST that is answered with %i was transmitted, and its numbers stay taken',
  async (status) => {
    const { live, newest, refuse } = await start()
    outcome(live.send('a'))
    await tick()
    await refuse(status)
    expect(newest()).toEqual({ unacknowledged: 1, next: undefined, messages: ['1a'] })
    live.close()
  },
)

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
  expect(JSON.parse(String(server.posts.at(-1)?.init.body))).toMatchObject({ next: 2, messages: [] })
  live.close()
})
