import { beforeEach, expect, test } from 'vitest'
import { connect, plain } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { address, cut, startHearing } from './starting.js'

useFakeTime()

beforeEach(() => random(0))

test('a resume that failed is a gap, told before the next event', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 1, 'g.1'))
  await cut(sse)
  sse.run$.say(blocks.open() + blocks.ready('h.9', { gap: true }), blocks.event('a', 1, 'h.10'))
  expect(heard).toEqual(['g.1', 'gap h.9 history', 'h.10'])
  expect(await cut(sse)).toBe('h.10')
  live.close()
})

test('a gap in the middle of the stream stands in its place, and moves the cursor', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(
    blocks.open() + blocks.ready('g.0'),
    blocks.event('a', 1, 'g.1') + blocks.gap('g.8', 'slow') + blocks.event('a', 9, 'g.9'),
  )
  expect(heard).toEqual(['g.1', 'gap g.8 slow', 'g.9'])
  sse.run$.say(blocks.gap('g.20'))
  expect(await cut(sse)).toBe('g.20')
  live.close()
})

test('a gap is an item of every iterator, in order, whatever its type', async () => {
  const { sse, live } = startHearing()
  const [all, some] = [live.events(), live.events('b')]
  await tick()
  sse.run$.say(
    blocks.open() + blocks.ready('g.0'),
    blocks.event('a', 1, 'g.1') + blocks.gap('g.8', 'slow') + blocks.event('b', 9, 'g.9'),
  )
  live.close()
  const gap = { type: 'holdfast:gap', position: 'g.8', reason: 'slow' }
  const [heard, heardSome]: unknown[][] = [[], []]
  for await (const item of all) heard?.push(item)
  for await (const item of some) heardSome?.push(item)
  expect(heard).toEqual([{ type: 'a', data: 1, id: 'g.1' }, gap, { type: 'b', data: 9, id: 'g.9' }])
  expect(heardSome).toEqual([gap, { type: 'b', data: 9, id: 'g.9' }])
})

test('the first connect, from nowhere, is no gap', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'))
  expect(heard).toEqual([])
  live.close()
})

test('with a server that gives no ids every reconnect is a gap', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open({ level: 1 }) + blocks.ready(undefined), blocks.event('a', 'one'))
  expect(await cut(sse)).toBeNull()
  sse.run$.say(blocks.open({ level: 1 }) + blocks.ready(undefined), blocks.event('a', 'two'))
  expect(heard).toEqual(['one', 'gap undefined unknown', 'two'])
  live.close()
})

test('a saved position that the server cannot even name is a gap', async () => {
  const { sse, live, heard } = startHearing({ lastEventId: 'g.40' })
  await tick()
  sse.run$.say(blocks.open({ level: 1 }) + blocks.ready(undefined))
  expect(heard).toEqual(['gap undefined unknown'])
  live.close()
})

test('every answer to a poll adopts its position, and a gap in any of them is told', async () => {
  const poll = scripted('long-poll', 'body')
  const live = connect(address, { transports: [poll] })
  const heard: unknown[] = []
  live.on('*', ({ id }) => heard.push(id))
  live.onGap(({ position }) => heard.push(`gap ${position}`))
  await tick()
  const { run$ } = poll
  run$.say(blocks.open() + blocks.ready('g.0'))
  run$.say(blocks.open() + blocks.ready('g.0') + blocks.event('a', 1, 'g.1'))
  expect(new URL(run$.task.ask(25_000).url).searchParams.get('cursor')).toBe('g.1')
  run$.say(blocks.open() + blocks.ready('h.3', { gap: true }) + blocks.event('a', 4, 'h.4'))
  expect(heard).toEqual(['g.1', 'gap h.3', 'h.4'])
  expect(new URL(run$.task.ask(25_000).url).searchParams.get('cursor')).toBe('h.4')
  live.close()
})

test('a plain WebSocket cannot resume: every reconnect is a gap', async () => {
  random(0)
  for (const lastEventId of [undefined, '7']) {
    const websocket = scripted('websocket', 'message')
    const live = connect(address, { transports: [websocket], protocol: plain(), lastEventId })
    const gaps: unknown[] = []
    live.onGap((gap) => gaps.push(gap))
    await tick()
    websocket.run$.say('one')
    expect(gaps).toEqual([])
    websocket.run$.fail(new Error('cut'))
    await pass(1000)
    websocket.run$.say('two')
    expect(gaps).toEqual([{ position: undefined, reason: 'unknown' }])
    live.close()
  }
})

test('a plain stream with ids resumes, and one without is told as a gap', async () => {
  random(0)
  for (const [text, gaps] of [
    ['id: 7\ndata: x\n\n', 0],
    ['data: x\n\n', 1],
    ['id: 7\ndata: x\n\nid:\ndata: y\n\n', 1],
  ] as const) {
    const sse = scripted('sse', 'stream')
    const live = connect(address, { transports: [sse], protocol: plain() })
    const told: unknown[] = []
    live.onGap((gap) => told.push(gap))
    await tick()
    sse.run$.say(text)
    await cut(sse)
    sse.run$.say(':\n\n')
    expect(sse.run$.ask.headers['last-event-id']).toBe(gaps ? undefined : '7')
    expect(told).toHaveLength(gaps)
    live.close()
  }
})

test('an event without id that is rejected loses no history', async () => {
  const { sse, live, heard, errors } = startHearing({ maxEventSize: 100 })
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 'x'.repeat(200)))
  expect(errors).toEqual(['event-too-large'])
  expect(live.state.lastEventId).toBe('g.0')
  expect(heard).toEqual([])
  live.close()
})
