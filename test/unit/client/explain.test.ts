import { expect, test, vi } from 'vitest'
import { connect, longPoll, sse, websocket } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { FakeWebSocket, fakeWebSockets } from '../../support/fake-websocket.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const hello = () => blocks.open() + blocks.ready('g.0')
const everything = (live: { explain(): unknown }) => `${live.explain()}\n${JSON.stringify(live.explain())}`

test('its text tells the same as its data', async () => {
  const ws = scripted('websocket', 'message')
  const stream = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [ws, stream] })
  await tick()
  ws.run$.fail(new Error('reset by a proxy'))
  await pass(70)
  stream.run$.say(hello())
  const explained = live.explain()
  expect(explained).toMatchObject({
    url: 'http://app.test/live',
    state: live.state,
    attempts: [
      { transport: 'websocket', startedAt: Date.now() - 70, took: 0, outcome: 'failed' },
      { transport: 'sse', startedAt: Date.now() - 70, took: 70, outcome: 'used' },
    ],
    remembered: [{ transport: 'websocket', failures: 1, until: Date.now() + 3_600_000 }],
  })
  const text = `${explained}`
  for (const part of [
    'http://app.test/live',
    'open',
    'over sse',
    'reset by a proxy',
    'used after 70 ms',
    'websocket',
  ]) {
    expect(text).toContain(part)
  }
  live.close()
})

test('what is on its way is pending', async () => {
  const ws = scripted('websocket', 'message')
  const live = connect('http://app.test/live', { transports: [ws] })
  await tick()
  expect(live.explain().attempts).toMatchObject([{ outcome: 'pending', took: undefined }])
  live.close()
  expect(live.explain().attempts).toMatchObject([{ outcome: 'lost' }])
  expect(`${live.explain()}`).toContain('closed')
})

test('after a switch one transport alone is used', async () => {
  const ws = scripted('websocket', 'message')
  const stream = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [ws, stream] })
  await pass(300)
  stream.run$.say(hello())
  ws.run$.say(hello())
  await tick()
  ws.run$.say(blocks.pong())
  await tick()
  ws.run$.say(blocks.ready('g.0', { hello: 2 }))
  expect(live.explain().attempts.filter(({ outcome }) => outcome === 'used')).toMatchObject([
    { transport: 'websocket', took: 300 },
  ])
  live.close()
})

test('a carrier that died is told as such', async () => {
  random(1)
  const stream = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [stream] })
  await tick()
  stream.run$.say(hello())
  stream.run$.fail(new Error('cut by the night'))
  await tick()
  expect(live.explain().attempts.filter(({ outcome }) => outcome === 'used')).toEqual([])
  expect(`${live.explain()}`).toContain('cut by the night')
  live.close()
})

test('the newest fifty attempts are kept', async () => {
  random(0)
  const stream = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [stream] })
  for (let turn = 0; turn < 60; turn++) {
    await pass(1)
    stream.run$.fail(new Error(`failure ${turn}`))
    await tick()
  }
  const { attempts } = live.explain()
  expect(attempts).toHaveLength(50)
  expect(stream.runs.length).toBeGreaterThan(50)
  live.close()
})

test('what it gave does not change any more', async () => {
  const ws = scripted('websocket', 'message')
  const live = connect('http://app.test/live', { transports: [ws] })
  await tick()
  const before = live.explain()
  const text = JSON.stringify(before)
  ws.run$.say(hello())
  live.close()
  expect(JSON.stringify(before)).toBe(text)
})

test('no secret is in it: neither headers, nor queries, nor a password in a URL', async () => {
  random(0)
  const server = fakeFetch()
  const sockets = fakeWebSockets()
  const live = connect('http://app.test/live?token=hush1', {
    transports: [
      websocket({ url: '/ws?key=hush2' }),
      sse({ headers: { 'x-key': 'hush3' } }),
      longPoll({ url: '/poll?k=hush4' }),
    ],
    headers: () => ({ authorization: 'hush5' }),
    lastEventId: 'hush6',
  })
  await tick()
  sockets[0]?.end(1006)
  await tick()
  server.requests[0]?.answer('', { status: 500 })
  await tick()
  server.requests[1]?.begin({ headers: { 'content-type': 'text/html' } })
  await pass(1)
  expect(sockets.length).toBeGreaterThan(0)
  expect(everything(live).replaceAll('hush6', '')).not.toContain('hush')
  live.close()
})

test('nor in what the platform says of a WebSocket that it refuses', async () => {
  vi.stubGlobal(
    'WebSocket',
    class extends FakeWebSocket {
      constructor(url: string) {
        super(url)
        throw new DOMException(`Failed to construct 'WebSocket': ${url} is blocked`, 'SecurityError')
      }
    },
  )
  const live = connect('http://app.test/live?token=hush', { transports: [websocket()] })
  await tick()
  expect(everything(live)).not.toContain('hush')
  live.close()
})

test('nor in what a headers function throws', async () => {
  const live = connect('http://app.test/live', {
    transports: [scripted('sse', 'stream')],
    headers: () => {
      throw new Error('POST /refresh?token=hush failed')
    },
  })
  await tick()
  expect(`${live.explain()}`).not.toContain('hush')
  live.close()
})

test('nor where a URL holds a user and a password', async () => {
  random(0)
  const live = connect('http://hush:hush@app.test/live', { transports: [sse(), websocket()] })
  await tick()
  expect(`${live.explain()}`).not.toContain('hush')
  live.close()
})
