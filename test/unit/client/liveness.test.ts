import { expect, test, vi } from 'vitest'
import { connect, plain, sse, websocket } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

const hello = (more: object = {}) => blocks.open(more) + blocks.ready('g.0')

function start(framing: 'stream' | 'message' = 'stream') {
  random(1)
  const transport = scripted('it', framing)
  const live = connect(URL, { transports: [transport] })
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  return { transport, live, errors }
}

/** The clock runs on, and no timer fires: the machine sleeps, or the browser throttles. */
const sleepFor = (ms: number) => vi.setSystemTime(Date.now() + ms)

test('silence is noticed within the heartbeat and five seconds', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  await pass(14_999)
  expect(live.state.status).toBe('open')
  await pass(1)
  expect(errors).toEqual(['silent'])
  expect(live.state).toMatchObject({ status: 'reconnecting', error: { code: 'silent' } })
  expect(transport.run$.task.signal.aborted).toBe(true)
  live.close()
})

test.each([
  ['a comment', ':\n\n'],
  ['half a block', 'data: '],
  ['a single line end', '\n'],
  ['a control event that nobody knows', 'event: holdfast:news\ndata: 1\n\n'],
])('%s is a sign of life', async (_, text) => {
  const { transport, live } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  for (let turn = 0; turn < 5; turn++) {
    await pass(14_000)
    transport.run$.task.data(text)
  }
  expect(live.state.status).toBe('open')
  await pass(15_000)
  expect(live.state.status).toBe('reconnecting')
  live.close()
})

test('after sleep, what had queued up may speak first', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  sleepFor(3_600_000)
  await pass(15_000) // the timer fires, an hour late
  expect(errors).toEqual([])
  await pass(1000)
  transport.run$.say(':\n\n')
  await pass(10_000)
  expect(live.state.status).toBe('open')
  live.close()
})

test('after sleep, who still says nothing within two seconds is dead', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  sleepFor(3_600_000)
  await pass(15_000)
  await pass(1999)
  expect(errors).toEqual([])
  await pass(1)
  expect(errors).toEqual(['silent'])
  live.close()
})

test('a timer that is a second late lets only speak what is there already', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  sleepFor(1000)
  await pass(15_000)
  expect(errors).toEqual([])
  await pass(49)
  expect(errors).toEqual([])
  await pass(1)
  expect(errors).toEqual(['silent'])
  live.close()
})

test('a page that was busy hears what came meanwhile, before it takes the line for dead: each time anew', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  for (let turn = 0; turn < 3; turn++) {
    // The main thread is blocked, and what came is behind the timer that is due.
    sleepFor(300)
    await pass(turn === 0 ? 15_000 : 14_900)
    transport.run$.say(':\n\n')
    await pass(100)
  }
  expect(errors).toEqual([])
  expect(live.state.status).toBe('open')
  live.close()
})

test('also where the line was excused already, and has spoken since', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  sleepFor(3_600_000)
  await pass(15_000) // late: there are two seconds of grace
  transport.run$.say(':\n\n')
  sleepFor(20_000)
  await pass(2_000) // the grace is over, late as well
  expect(errors).toEqual([])
  transport.run$.say(':\n\n')
  await pass(14_000)
  expect(live.state.status).toBe('open')
  live.close()
})

test('an answer to a ping that is behind a late timer is heard', async () => {
  const { transport, live, errors } = start('message')
  await tick()
  transport.run$.say(hello())
  sleepFor(600)
  await pass(5_000)
  transport.run$.say(blocks.pong())
  await pass(5_000)
  expect(errors).toEqual([])
  live.close()
})

test('one that is a little later is', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  sleepFor(1001)
  await pass(15_000)
  expect(errors).toEqual([])
  await pass(2000)
  expect(errors).toEqual(['silent'])
  live.close()
})

test('a clock that is set back does not keep a dead connection', async () => {
  const { transport, live, errors } = start()
  await tick()
  transport.run$.say(hello({ heartbeat: 10_000 }))
  sleepFor(-3_600_000)
  await pass(31_000)
  expect(errors).toEqual(['silent'])
  live.close()
})

test('a heartbeat that is no number, or absurd, overflows no timer', async () => {
  for (const heartbeat of [2 ** 40, 'often', null, -1]) {
    const { transport, live } = start()
    await tick()
    transport.run$.say(hello({ heartbeat }))
    await pass(4999)
    expect(live.state.status).toBe('open')
    live.close()
  }
})

test('a WebSocket that hangs in CONNECTING is closed', async () => {
  const sockets = fakeWebSockets()
  const live = connect(URL, { transports: [websocket(), scripted('sse', 'stream')] })
  await pass(10_000)
  expect(sockets[0]?.closed).toBe(true)
  live.close()
})

test('a ping that is not answered is noticed', async () => {
  const { transport, live, errors } = start('message')
  await tick()
  transport.run$.say(hello())
  expect(live.state.status).toBe('open')
  expect(transport.run$.sent).toEqual(['{"holdfast":"ping"}'])
  for (let turn = 0; turn < 4; turn++) {
    await pass(1000)
    transport.run$.say(':\n\n')
  }
  expect(errors).toEqual([])
  await pass(1000)
  expect(errors).toEqual(['timeout'])
  live.close()
})

test('a server of level 2 is not pinged', async () => {
  const { transport, live } = start('message')
  await tick()
  transport.run$.say(hello({ level: 2 }))
  await pass(12_000)
  expect(transport.run$.sent).toEqual([])
  expect(live.state.status).toBe('open')
  live.close()
})

test('a page that is looked at again asks its WebSocket for a sign of life', async () => {
  const { transport, live, errors } = start('message')
  await tick()
  transport.run$.say(hello())
  await tick()
  transport.run$.say(blocks.pong())
  await pass(5000)
  const before = transport.run$.sent.length
  document.dispatchEvent(new Event('visibilitychange'))
  await tick()
  expect(transport.run$.sent.slice(before)).toEqual(['{"holdfast":"ping"}'])
  await pass(4999)
  expect(errors).toEqual([])
  await pass(1)
  expect(errors).toEqual(['timeout'])
  live.close()
})

test('and keeps it where it answers', async () => {
  const { transport, live } = start('message')
  await tick()
  transport.run$.say(hello())
  await tick()
  transport.run$.say(blocks.pong())
  document.dispatchEvent(new Event('visibilitychange'))
  await tick()
  transport.run$.say(blocks.pong())
  await pass(9000)
  expect(live.state.status).toBe('open')
  live.close()
})

test('a hello that is not answered is noticed, though pongs and heartbeats come', async () => {
  const { transport, live, errors } = start('message')
  await tick()
  transport.run$.say(hello())
  live.subscribe('room:1')
  await tick()
  expect(JSON.parse(transport.run$.sent.at(-1) ?? '')).toMatchObject({ hello: 2 })
  transport.run$.say(blocks.pong())
  for (let turn = 0; turn < 9; turn++) {
    await pass(1000)
    transport.run$.say(':\n\n')
  }
  expect(errors).toEqual([])
  await pass(1001)
  expect(errors).toEqual(['timeout'])
  live.close()
})

test('a plain server promises no heartbeat: silence is no fault', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [sse()], protocol: plain() })
  await tick()
  server.requests[0]?.begin()
  await live.opened
  await pass(3_600_000)
  expect(live.state.status).toBe('open')
  live.close()
})

test('unless the page knows better', async () => {
  const server = fakeFetch()
  const live = connect(URL, { transports: [sse()], protocol: plain({ heartbeat: 20_000 }) })
  await tick()
  server.requests[0]?.begin()
  await live.opened
  await pass(19_999)
  expect(live.state.status).toBe('open')
  server.requests[0]?.write(':\n')
  await pass(19_999)
  expect(live.state.status).toBe('open')
  await pass(1)
  expect(live.state).toMatchObject({ status: 'reconnecting', error: { code: 'silent' } })
  live.close()
})

test('a WebSocket on which a message stays without an outcome is asked for a sign of life; a slow handler is no sign of death', async () => {
  const { transport, live, errors } = start('message')
  await tick()
  transport.run$.say(hello())
  transport.run$.say(blocks.pong())
  await tick()
  live.send('a').catch(() => {})
  await tick()
  const before = transport.run$.sent.length
  const alive = async (ms: number) => {
    for (let left = ms; left > 0; left -= 2_000) {
      transport.run$.say(':\n\n')
      await pass(Math.min(left, 2_000))
    }
  }
  await alive(9_999)
  expect(transport.run$.sent.length).toBe(before)
  await alive(1)
  expect(transport.run$.sent.slice(before)).toEqual(['{"holdfast":"ping"}'])
  transport.run$.say(blocks.pong())
  await alive(6_000)
  expect(errors).toEqual([])
  // The next one never gets up, while what the server says goes on coming down.
  live.send('b').catch(() => {})
  await alive(14_999)
  expect(errors).toEqual([])
  await alive(1)
  expect(errors).toEqual(['timeout'])
  live.close()
})
