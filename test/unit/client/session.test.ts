import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../../src/core.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const tick = () => vi.advanceTimersByTimeAsync(0)

test('events flow from the first transport that proves itself', async () => {
  const websocket = scripted('websocket', 'message')
  const sse = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [websocket, sse] })
  const heard: unknown[] = []
  live.on('price', (event) => heard.push(event))
  await tick()
  expect(sse.runs).toHaveLength(0)
  websocket.run$.say(blocks.open() + blocks.ready('g.0') + blocks.event('price', { value: 1 }, 'g.1'))
  await live.opened
  expect(heard).toEqual([{ type: 'price', data: { value: 1 }, id: 'g.1' }])
  expect(live.state).toMatchObject({ status: 'open', transport: 'websocket', lastEventId: 'g.1' })
  await vi.advanceTimersByTimeAsync(5000)
  expect(sse.runs).toHaveLength(0)
  live.close()
  expect(websocket.run$.task.signal.aborted).toBe(true)
  expect(live.state).toMatchObject({ status: 'closed', reason: 'page' })
  expect(await live.closed).toBe('page')
})

test('a WebSocket that hangs costs its head start, takes over when it proves itself, and loses nothing', async () => {
  const websocket = scripted('websocket', 'message')
  const sse = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [websocket, sse] })
  const heard: unknown[] = []
  live.on('*', (event) => heard.push(event.id))
  await vi.advanceTimersByTimeAsync(300)
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 1, 'g.1'))
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  websocket.run$.say(blocks.open() + blocks.ready('g.0') + blocks.event('a', 1, 'g.1'))
  expect(live.state.transport).toBe('sse')
  sse.run$.say(blocks.event('a', 2, 'g.2'))
  await tick()
  expect(websocket.run$.sent).toEqual(['{"holdfast":"ping"}'])
  websocket.run$.say(blocks.pong())
  await tick()
  expect(sse.run$.task.signal.aborted).toBe(true)
  expect(JSON.parse(websocket.run$.sent[1] ?? '')).toMatchObject({ holdfast: 'hello', hello: 2, cursor: 'g.2' })
  websocket.run$.say(blocks.event('a', 2, 'g.2'))
  websocket.run$.say(blocks.ready('g.2', { hello: 2 }) + blocks.event('a', 3, 'g.3'))
  expect(heard).toEqual(['g.1', 'g.2', 'g.3'])
  expect(live.state).toMatchObject({ status: 'open', transport: 'websocket' })
  expect(`${live.explain()}`).toContain('proved itself later')
  live.close()
})

test('a send is sent again after a break, and resolves once', async () => {
  const sse = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [sse] })
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'))
  const reply = live.send('chat', { text: 'hi' })
  await tick()
  expect(JSON.parse(sse.run$.sent[0] ?? '')).toMatchObject({
    holdfast: 'send',
    messages: [{ number: 1, type: 'chat', data: { text: 'hi' } }],
  })
  sse.run$.end()
  await vi.advanceTimersByTimeAsync(1000)
  expect(sse.runs).toHaveLength(2)
  expect(sse.run$.task.ask().url).toContain('cursor=g.0')
  sse.run$.say(blocks.open() + blocks.ready('g.0'))
  await tick()
  expect(sse.run$.sent).toHaveLength(1)
  sse.run$.task.answer(blocks.result(1, { data: 'stored' }))
  expect(await reply).toBe('stored')
  live.close()
})
