import { beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../../src/core.js'
import { random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { address, cursor, cut, startHearing } from './starting.js'

useFakeTime()

beforeEach(() => random(0))

test('without a position of its own the page begins at the present', async () => {
  const { sse, live } = startHearing()
  await tick()
  expect(cursor(sse)).toBeNull()
  live.close()
})

test('the position of ready is adopted at once, before the first event', async () => {
  const { sse, live } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.7'))
  expect(live.state.lastEventId).toBe('g.7')
  expect(await cut(sse)).toBe('g.7')
  live.close()
})

test('ready may move the cursor on, past what is not for this page', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.7'))
  await cut(sse)
  sse.run$.say(blocks.open() + blocks.ready('g.9'))
  expect(await cut(sse)).toBe('g.9')
  expect(heard).toEqual([])
  live.close()
})

test('the cursor moves with each event, after its dispatch', async () => {
  const { sse, live } = startHearing()
  const seen: unknown[] = []
  live.on('a', ({ id }) => seen.push([id, live.state.lastEventId]))
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 1, 'g.1'), blocks.event('a', 2, 'g.2'))
  expect(seen).toEqual([
    ['g.1', 'g.0'],
    ['g.2', 'g.1'],
  ])
  expect(await cut(sse)).toBe('g.2')
  live.close()
})

test('an event that nobody listens to moves the cursor', async () => {
  const sse = scripted('sse', 'stream')
  random(0)
  const live = connect(address, { transports: [sse] })
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('nobody', 1, 'g.1'))
  expect(await cut(sse)).toBe('g.1')
  live.close()
})

test('half an event moves nothing, and is not heard', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), 'id: g.1\n', 'event: a\ndata: 1\n')
  expect(live.state.lastEventId).toBe('g.0')
  expect(await cut(sse)).toBe('g.0')
  expect(heard).toEqual([])
  live.close()
})

test('a lone id in a piece of its own is no block yet', async () => {
  const { sse, live } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'))
  sse.run$.task.data('id: g.1\n')
  expect(live.state.lastEventId).toBe('g.0')
  sse.run$.task.data('data: 1\n')
  expect(live.state.lastEventId).toBe('g.0')
  sse.run$.task.data('\n')
  expect(live.state.lastEventId).toBe('g.1')
  live.close()
})

test('an event whose data does not decode is told, and left behind', async () => {
  const { sse, live, heard, errors } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), 'id: g.1\ndata: {oops\n\n', blocks.event('a', 2, 'g.2'))
  expect(errors).toEqual(['decode'])
  expect(heard).toEqual(['g.2'])
  expect(await cut(sse)).toBe('g.2')
  live.close()
})

test('a listener that throws does not hold the cursor', async () => {
  const reportError = vi.fn()
  vi.stubGlobal('reportError', reportError)
  const { sse, live, heard } = startHearing()
  live.on('a', () => {
    throw new Error('mine')
  })
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 1, 'g.1'))
  expect(reportError).toHaveBeenCalledTimes(1)
  expect(heard).toEqual(['g.1'])
  expect(await cut(sse)).toBe('g.1')
  live.close()
})

test('blocks with an id alone move the cursor, and are nothing else', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), 'id: g.5\n\n')
  expect(await cut(sse)).toBe('g.5')
  expect(heard).toEqual([])
  live.close()
})

test('an id alone before events, between them and after them, in one piece', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(
    blocks.open() + blocks.ready('g.0'),
    `id: g.1\n\n${blocks.event('a', 2, 'g.2')}id: g.3\n\n${blocks.event('a', 'ephemeral')}id: g.4\n\n`,
  )
  expect(heard).toEqual(['g.2', 'ephemeral'])
  expect(live.state.lastEventId).toBe('g.4')
  live.close()
})

test('an id alone before an ephemeral event is not taken for its id, nor lost', async () => {
  const { sse, live } = startHearing()
  const events: unknown[] = []
  live.on('a', ({ id }) => events.push([id, live.state.lastEventId]))
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), `id: g.3\n\n${blocks.event('a', 'ephemeral')}`)
  expect(events).toEqual([[undefined, 'g.3']])
  live.close()
})

test('ephemeral events have no id and move nothing', async () => {
  const { sse, live } = startHearing()
  const events: unknown[] = []
  live.on('typing', (event) => events.push(event))
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('typing', 'ann'))
  expect(events).toEqual([{ type: 'typing', data: 'ann', id: undefined }])
  expect(await cut(sse)).toBe('g.0')
  live.close()
})

test('lastEventId is where the first hello goes on', async () => {
  const { sse, live, heard } = startHearing({ lastEventId: 'g.40' })
  expect(live.state.lastEventId).toBe('g.40')
  await tick()
  expect(cursor(sse)).toBe('g.40')
  sse.run$.say(blocks.open() + blocks.ready('g.44', { gap: true }))
  expect(heard).toEqual(['gap g.44 history'])
  live.close()
})

test('an id in any script survives the query', async () => {
  const id = 'g.ü€ &=+#/?😀'
  const { sse, live } = startHearing({ lastEventId: id })
  await tick()
  expect(cursor(sse)).toBe(id)
  live.close()
})

test('an empty lastEventId is none', async () => {
  const { sse, live } = startHearing({ lastEventId: '' })
  await tick()
  expect(cursor(sse)).toBeNull()
  live.close()
})

test('what is said between a hello and its ready is discarded', async () => {
  const websocket = scripted('websocket', 'message')
  const live = connect(address, { transports: [websocket] })
  const heard: unknown[] = []
  live.on('*', ({ id, data }) => heard.push(id ?? data))
  live.onGap(() => heard.push('gap'))
  await tick()
  websocket.run$.say(blocks.open() + blocks.ready('g.0'))
  await tick()
  websocket.run$.say(blocks.pong() + blocks.event('a', 1, 'g.1'))
  live.subscribe('room')
  await tick()
  websocket.run$.say(`${blocks.event('a', 2, 'g.2') + blocks.event('a', 'ephemeral') + blocks.gap('g.3')}id: g.4\n\n`)
  expect(heard).toEqual(['g.1'])
  expect(live.state.lastEventId).toBe('g.1')
  websocket.run$.say(blocks.ready('g.1', { hello: 2 }) + blocks.event('a', 2, 'g.2'))
  expect(heard).toEqual(['g.1', 'g.2'])
  live.close()
})

test('nothing that a superseded carrier still says reaches the page', async () => {
  const { sse, live, heard } = startHearing()
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'))
  const old = sse.run$
  await cut(sse)
  sse.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 1, 'g.1'))
  old.say(blocks.event('a', 9, 'g.9') + blocks.gap('g.10'))
  old.end()
  await tick()
  expect(heard).toEqual(['g.1'])
  expect(live.state).toMatchObject({ status: 'open', lastEventId: 'g.1' })
  live.close()
})
