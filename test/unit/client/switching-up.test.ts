import { expect, test } from 'vitest'
import { connect } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

const three = () =>
  [scripted('websocket', 'message'), scripted('sse', 'stream'), scripted('long-poll', 'body')] as const

const hello = () => blocks.open() + blocks.ready('g.0')

test('switching up loses nothing, doubles nothing, keeps the order', async () => {
  const [, sse, poll] = three()
  const live = connect(URL, { transports: [sse, poll] })
  const heard: unknown[] = []
  live.on('*', ({ id }) => heard.push(id))
  await pass(300)
  poll.run$.say(hello() + blocks.event('a', 1, 'g.1'))
  expect(live.state.transport).toBe('long-poll')
  const old = poll.run$
  // The SSE of this round was asked from before g.1: whatever it says on that answer must not be heard.
  sse.run$.say(hello() + blocks.event('a', 1, 'g.1') + blocks.event('a', 2, 'g.2'))
  expect(old.task.signal.aborted).toBe(true)
  await tick()
  expect(sse.runs).toHaveLength(2)
  expect(sse.runs[0]?.task.signal.aborted).toBe(true)
  expect(sse.run$.ask.url).toContain('cursor=g.1')
  sse.runs[0]?.say(blocks.event('a', 9, 'g.9'))
  old.say(blocks.event('a', 8, 'g.8'))
  sse.run$.say(blocks.open() + blocks.ready('g.1'), blocks.event('a', 2, 'g.2'), blocks.event('a', 3, 'g.3'))
  expect(heard).toEqual(['g.1', 'g.2', 'g.3'])
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse', lastEventId: 'g.3' })
  live.close()
})

test('while a WebSocket is being proven, the old carrier carries on', async () => {
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  const heard: unknown[] = []
  live.on('*', ({ id }) => heard.push(id))
  await pass(300)
  sse.run$.say(hello())
  websocket.run$.say(hello())
  for (let n = 1; n <= 3; n++) {
    sse.run$.say(blocks.event('a', n, `g.${n}`))
    websocket.run$.say(blocks.event('a', n, `g.${n}`))
  }
  await tick()
  expect(live.state.transport).toBe('sse')
  websocket.run$.say(blocks.pong())
  await tick()
  expect(JSON.parse(websocket.run$.sent.at(-1) ?? '')).toMatchObject({ hello: 2, cursor: 'g.3' })
  websocket.run$.say(blocks.event('a', 4, 'g.4')) // of hello number 1 still
  websocket.run$.say(blocks.ready('g.3', { hello: 1 })) // an answer to the wrong hello settles nothing
  websocket.run$.say(blocks.event('a', 4, 'g.4'))
  expect(heard).toEqual(['g.1', 'g.2', 'g.3'])
  websocket.run$.say(blocks.ready('g.3', { hello: 2 }), blocks.event('a', 4, 'g.4'))
  expect(heard).toEqual(['g.1', 'g.2', 'g.3', 'g.4'])
  live.close()
})

test('a WebSocket whose upstream is swallowed does not take over from SSE', async () => {
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  await pass(300)
  sse.run$.say(hello())
  websocket.run$.say(hello())
  await pass(10_000)
  expect(websocket.run$.task.signal.aborted).toBe(true)
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  live.close()
})

test('a WebSocket whose upstream is swallowed loses its place, also where it was the first to speak', async () => {
  random(0)
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  const reply = live.send('chat', 1)
  reply.catch(() => {})
  // The server answers every hello at once, on either; pings and sends on the WebSocket never reach it.
  const answered = new Set<unknown>()
  for (let elapsed = 0; elapsed < 30_000; elapsed += 50) {
    for (const { runs } of [websocket, sse]) {
      const run = runs.at(-1)
      if (run && !answered.has(run)) run.say(hello())
      else if (run && !run.task.signal.aborted) run.say(':\n\n')
      answered.add(run)
    }
    await pass(50)
  }
  expect(live.state.transport).toBe('sse')
  await tick()
  sse.run$.task.answer(blocks.result(1, { data: 'done' }))
  expect(await reply).toBe('done')
  live.close()
})

test('who is on a less preferred transport probes upward after 30 s, then after ever longer', async () => {
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  websocket.run$.fail(new Error('blocked'))
  await tick()
  sse.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0'))
  const waits = [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]
  for (const [index, wait] of waits.entries()) {
    await pass(wait - 1)
    expect(websocket.runs).toHaveLength(index + 1)
    await pass(1)
    expect(websocket.runs).toHaveLength(index + 2)
    websocket.run$.fail(new Error('blocked'))
    await tick()
  }
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  live.close()
})

test('an upward probe that proves itself takes over', async () => {
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  websocket.run$.fail(new Error('blocked'))
  await tick()
  sse.run$.say(blocks.open({ heartbeat: 60_000 }) + blocks.ready('g.0'))
  await pass(30_000)
  websocket.run$.say(hello())
  await tick()
  websocket.run$.say(blocks.pong())
  await tick()
  websocket.run$.say(blocks.ready('g.0', { hello: 2 }))
  expect(live.state.transport).toBe('websocket')
  expect(sse.run$.task.signal.aborted).toBe(true)
  await pass(700_000 - 1)
  live.close()
})

test('from long-polling both better transports are probed in turn', async () => {
  const [websocket, sse, poll] = three()
  const live = connect(URL, { transports: [websocket, sse, poll] })
  await tick()
  websocket.run$.fail(new Error('blocked'))
  await tick()
  sse.run$.fail(new Error('blocked'))
  await tick()
  poll.run$.say(hello())
  await pass(30_000)
  expect([websocket.runs.length, sse.runs.length]).toEqual([2, 1])
  websocket.run$.fail(new Error('blocked'))
  await pass(60_000)
  expect([websocket.runs.length, sse.runs.length]).toEqual([2, 2])
  live.close()
})
