import { expect, test } from 'vitest'
import { connect, plain, sse, websocket } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { scripted } from '../../support/scripted-transport.js'
import { outcome } from './sending.js'
import { address } from './starting.js'

useFakeTime()

test('plain: a frame as it is, in the order of the sends, also from before the WebSocket was open', async () => {
  const sockets = fakeWebSockets()
  const live = connect(address, { transports: [websocket()], protocol: plain() })
  const bytes = new Uint8Array([1, 2])
  const [first, second] = [outcome(live.send('one')), outcome(live.send(bytes))]
  await tick()
  expect(sockets[0]?.sent).toEqual([])
  sockets[0]?.open()
  await tick()
  expect(sockets[0]?.sent).toEqual(['one', bytes])
  expect([first, second]).toEqual([{ value: undefined }, { value: undefined }])
  live.close()
  await expect(live.send('late')).rejects.toMatchObject({ code: 'closed' })
})

test('plain: an abort withdraws a frame that waits', async () => {
  const sockets = fakeWebSockets()
  const live = connect(address, { transports: [websocket()], protocol: plain() })
  const abort = new AbortController()
  const reply = outcome(live.send('one', { signal: abort.signal }))
  abort.abort('no')
  await tick()
  sockets[0]?.open()
  await tick()
  expect(reply).toEqual({ code: 'no' })
  expect(sockets[0]?.sent).toEqual([])
  live.close()
})

test('plain: SSE takes no sends', async () => {
  const server = fakeFetch()
  const live = connect(address, { transports: [sse()], protocol: plain() })
  await tick()
  server.gets[0]?.begin()
  await live.opened
  await expect(live.send('a')).rejects.toMatchObject({ code: 'not-supported' })
  live.close()
})

test('plain: after switching up to a WebSocket, sends go there, and the page is told of the gap', async () => {
  const ws = scripted('websocket', 'message')
  const stream = scripted('sse', 'stream')
  const live = connect(address, { transports: [ws, stream], protocol: plain() })
  const gaps: unknown[] = []
  live.onGap((gap) => gaps.push(gap))
  await pass(300)
  stream.run$.say('id: 1\ndata: x\n\n')
  ws.run$.say('hi')
  await tick()
  expect(live.state.transport).toBe('websocket')
  expect(gaps).toHaveLength(1)
  await live.send('up')
  expect(ws.run$.sent).toEqual(['up'])
  live.close()
})
