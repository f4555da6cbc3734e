import { expect, test } from 'vitest'
import { type ConnectOptions, connect, plain } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const address = 'http://app.test/live'

function start(framing: 'stream' | 'message', options: Omit<ConnectOptions, 'transports'> = {}) {
  random(0)
  const transport = scripted('it', framing)
  return { transport, live: connect(address, { transports: [transport], ...options }) }
}
const asked = ({ run$ }: ReturnType<typeof scripted>) => new URL(run$.ask.url).searchParams.getAll('topic')
const hellos = ({ run$ }: ReturnType<typeof scripted>) =>
  run$.sent.map((frame) => JSON.parse(frame)).filter(({ holdfast }) => holdfast === 'hello')

async function openWebSocket(options: Omit<ConnectOptions, 'transports'> = {}) {
  const started = start('message', options)
  await tick()
  started.transport.run$.say(blocks.open() + blocks.ready('g.0'))
  await tick()
  started.transport.run$.say(blocks.pong())
  return started
}

test('topics of the options are in the first hello', async () => {
  const { transport, live } = start('stream', { topics: ['prices', 'room:ü&7'] })
  await tick()
  expect(asked(transport)).toEqual(['prices', 'room:ü&7'])
  live.close()
})

test('what is subscribed to right after connect() is in the first hello', async () => {
  const { transport, live } = start('stream')
  live.subscribe('prices')
  await tick()
  expect(asked(transport)).toEqual(['prices'])
  transport.run$.say(blocks.open() + blocks.ready('g.0'))
  await tick()
  expect(transport.runs).toHaveLength(1)
  live.close()
})

test('a change of topics is one hello, on the living WebSocket', async () => {
  const { transport, live } = await openWebSocket({ topics: ['a'] })
  live.subscribe('b')
  await tick()
  expect(hellos(transport)).toMatchObject([{ hello: 2, topics: ['a', 'b'], cursor: 'g.0' }])
  transport.run$.say(blocks.ready('g.0', { hello: 2 }))
  await tick()
  expect(hellos(transport)).toHaveLength(1)
  expect(transport.runs).toHaveLength(1)
  live.close()
})

test('over SSE it is one new request', async () => {
  const { transport, live } = start('stream')
  await tick()
  transport.run$.say(blocks.open() + blocks.ready('g.0'), blocks.event('a', 1, 'g.1'))
  live.subscribe('b')
  await tick()
  expect(transport.runs).toHaveLength(2)
  expect(transport.runs[0]?.task.signal.aborted).toBe(true)
  expect(asked(transport)).toEqual(['b'])
  expect(new URL(transport.run$.ask.url).searchParams.get('cursor')).toBe('g.1')
  transport.run$.say(blocks.open() + blocks.ready('g.1'))
  await tick()
  expect(transport.runs).toHaveLength(2)
  expect(live.state.status).toBe('open')
  live.close()
})

test('several changes in one task are one hello', async () => {
  const { transport, live } = await openWebSocket()
  live.subscribe('a')
  const leave = live.subscribe('b')
  live.subscribe('c')
  leave()
  await tick()
  expect(hellos(transport)).toMatchObject([{ hello: 2, topics: ['a', 'c'] }])
  live.close()
})

test('leaving is a hello as well', async () => {
  const { transport, live } = await openWebSocket({ topics: ['a'] })
  const leave = live.subscribe('b')
  await tick()
  transport.run$.say(blocks.ready('g.0', { hello: 2 }))
  leave()
  await tick()
  expect(hellos(transport)).toMatchObject([{ topics: ['a', 'b'] }, { hello: 3, topics: ['a'] }])
  live.close()
})

test('a topic stays until the last of its subscribers left, and leaving twice is leaving once', async () => {
  const { transport, live } = await openWebSocket({ topics: ['a'] })
  const leaveOne = live.subscribe('b')
  const leaveOther = live.subscribe('b')
  await tick()
  transport.run$.say(blocks.ready('g.0', { hello: 2 }))
  leaveOne()
  leaveOne()
  await tick()
  expect(hellos(transport)).toHaveLength(1)
  leaveOther()
  await tick()
  expect(hellos(transport).at(-1)).toMatchObject({ topics: ['a'] })
  live.close()
})

test('a topic of the options is not left by a subscriber of the same', async () => {
  const { transport, live } = await openWebSocket({ topics: ['a'] })
  live.subscribe('a')()
  await tick()
  expect(hellos(transport)).toEqual([])
  live.close()
})

test('what is subscribed to while connecting is asked for when the carrier is ready', async () => {
  const { transport, live } = start('message')
  await tick()
  live.subscribe('late')
  await tick()
  transport.run$.say(blocks.open() + blocks.ready('g.0'))
  await tick()
  expect(hellos(transport)).toMatchObject([{ hello: 2, topics: ['late'] }])
  transport.run$.say(blocks.ready('g.0', { hello: 2 }))
  await tick()
  expect(hellos(transport)).toHaveLength(1)
  live.close()
})

test('what is subscribed to while a hello is on its way is asked for too', async () => {
  const { transport, live } = await openWebSocket()
  live.subscribe('a')
  await tick()
  live.subscribe('b')
  await tick()
  transport.run$.say(blocks.ready('g.0', { hello: 2 }))
  await tick()
  const last = hellos(transport).at(-1)
  expect(last).toMatchObject({ topics: ['a', 'b'] })
  transport.run$.say(blocks.ready('g.0', { hello: last.hello }), blocks.event('x', 1, 'g.1'))
  expect(live.state.lastEventId).toBe('g.1')
  live.close()
})

test('a reconnect asks for all topics', async () => {
  const { transport, live } = start('stream', { topics: ['a'] })
  await tick()
  transport.run$.say(blocks.open() + blocks.ready('g.0'))
  live.subscribe('b')
  await tick()
  transport.run$.say(blocks.open() + blocks.ready('g.0'))
  transport.run$.fail(new Error('cut'))
  await pass(1)
  expect(asked(transport)).toEqual(['a', 'b'])
  live.close()
})

test('topics that may not be heard are told, each by an error', async () => {
  const { transport, live } = start('stream', { topics: ['mine', 'yours'] })
  const errors: string[] = []
  live.onError(({ code, message }) => errors.push(`${code}: ${message}`))
  await tick()
  transport.run$.say(blocks.open() + blocks.ready('g.0', { denied: ['yours'] }))
  expect(errors).toEqual([expect.stringMatching(/^topic-denied: .*"yours"/)])
  expect(live.state.status).toBe('open')
  live.close()
})

test.each([7, 'all', null, {}])('denied: %j does no harm', async (denied) => {
  const { transport, live } = start('stream')
  await tick()
  transport.run$.say(blocks.open() + blocks.ready('g.0', { denied }))
  expect(live.state.status).toBe('open')
  live.close()
})

test.each(['', 7, undefined])('subscribe(%j) is a TypeError', async (topic) => {
  const { live } = start('stream')
  expect(() => live.subscribe(topic as string)).toThrow(TypeError)
  live.close()
})

test('a plain server is not asked anew, least of all by a POST', async () => {
  for (const once of [false, true]) {
    const sse = scripted('sse', 'stream', { once })
    const live = connect(address, { transports: [sse], protocol: plain() })
    live.subscribe('before')
    await tick()
    sse.run$.say(':\n\n')
    live.subscribe('after')
    await tick()
    expect(sse.runs).toHaveLength(1)
    live.close()
  }
})

test('subscribing after close does nothing', async () => {
  const { transport, live } = await openWebSocket()
  live.close()
  live.subscribe('a')()
  await pass(1000)
  expect(hellos(transport)).toEqual([])
})
