import { expect, test } from 'vitest'
import { tick, useFakeTime } from '../../support/fake-time.js'
import { isSend, openSse, openWebSocket, outcome } from './sending.js'

useFakeTime()

/** What a frame of sends says of its client, and the numbers in it. */
function said(frame: string): object {
  const { unacknowledged, next, messages } = JSON.parse(frame)
  return { unacknowledged, next, numbers: messages.map(({ number }: { number: number }) => number) }
}

test('each frame says what had never been transmitted before it', async () => {
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

test('one that brings again what had no outcome does not say that it is new', async () => {
  const { server, live } = await openSse()
  outcome(live.send('a'))
  await tick()
  outcome(live.send('b'))
  outcome(live.send('c'))
  server.posts[0]?.answer(null, { status: 413 })
  await tick()
  // Too large for a proxy, it stays withdrawn: its number goes with what follows.
  expect(server.posts.map(({ init }) => said(String(init.body)))).toEqual([
    { unacknowledged: 1, next: 1, numbers: [1] },
    { unacknowledged: 1, next: 2, numbers: [1, 2, 3] },
  ])
  live.close()
})
