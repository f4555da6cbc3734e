import { expect, test, vi } from 'vitest'
import { connect } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

const three = () =>
  [scripted('websocket', 'message'), scripted('sse', 'stream'), scripted('long-poll', 'body')] as const

const hello = () => blocks.open() + blocks.ready('g.0')

const started = (transports: readonly { runs: readonly unknown[] }[]) => transports.map(({ runs }) => runs.length)

function navigationTiming(timing: object): void {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([timing as PerformanceEntry])
}

test('each transport has a head start over the next', async () => {
  const transports = three()
  const live = connect(URL, { transports })
  await tick()
  expect(started(transports)).toEqual([1, 0, 0])
  await pass(299)
  expect(started(transports)).toEqual([1, 0, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 0])
  await pass(299)
  expect(started(transports)).toEqual([1, 1, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 1])
  live.close()
})

test('where the round trip is known, the head start is four of them and a little', async () => {
  navigationTiming({ connectStart: 100, connectEnd: 120, requestStart: 120, responseStart: 300 })
  const transports = three()
  const live = connect(URL, { transports })
  await pass(109)
  expect(started(transports)).toEqual([1, 0, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 0])
  live.close()
})

test('the handshake of TLS is no part of the round trip', async () => {
  navigationTiming({ connectStart: 100, secureConnectionStart: 120, connectEnd: 180 })
  const transports = three()
  const live = connect(URL, { transports })
  await pass(110)
  expect(started(transports)).toEqual([1, 1, 0])
  live.close()
})

test('a connection that was reused tells the round trip by its answer', async () => {
  navigationTiming({ connectStart: 50, connectEnd: 50, requestStart: 50, responseStart: 90 })
  const transports = three()
  const live = connect(URL, { transports })
  await pass(189)
  expect(started(transports)).toEqual([1, 0, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 0])
  live.close()
})

test('an answer that came sooner than the handshake tells more of the round trip', async () => {
  navigationTiming({ connectStart: 0, connectEnd: 100, requestStart: 100, responseStart: 115 })
  const transports = three()
  const live = connect(URL, { transports })
  await pass(89)
  expect(started(transports)).toEqual([1, 0, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 0])
  live.close()
})

test('after one that was late the next has a head start of one round trip alone', async () => {
  navigationTiming({ connectStart: 100, connectEnd: 120, requestStart: 120, responseStart: 300 })
  const transports = three()
  const live = connect(URL, { transports })
  await pass(110)
  expect(started(transports)).toEqual([1, 1, 0])
  await pass(19)
  expect(started(transports)).toEqual([1, 1, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 1])
  live.close()
})

test('so it is after one that failed', async () => {
  navigationTiming({ connectStart: 100, connectEnd: 120, requestStart: 120, responseStart: 300 })
  const transports = three()
  const live = connect(URL, { transports })
  await tick()
  transports[0].run$.fail(new Error('blocked'))
  await pass(19)
  expect(started(transports)).toEqual([1, 1, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 1])
  live.close()
})

test('on a slow line the head start is never longer than 1.5 s', async () => {
  navigationTiming({ connectStart: 0, connectEnd: 900 })
  const transports = three()
  const live = connect(URL, { transports })
  await pass(1499)
  expect(started(transports)).toEqual([1, 0, 0])
  await pass(1)
  expect(started(transports)).toEqual([1, 1, 0])
  live.close()
})

test('a failure starts the next at once', async () => {
  const transports = three()
  const [websocket, sse, poll] = transports
  const live = connect(URL, { transports })
  await tick()
  websocket.run$.fail(new Error('blocked'))
  await tick()
  expect(started(transports)).toEqual([1, 1, 0])
  sse.run$.end()
  await tick()
  expect(started(transports)).toEqual([1, 1, 1])
  poll.run$.say(hello())
  expect(live.state).toMatchObject({ status: 'open', transport: 'long-poll' })
  live.close()
})

test('opening proves nothing: only ready does', async () => {
  const transports = three()
  const [websocket, sse] = transports
  const live = connect(URL, { transports })
  await tick()
  websocket.run$.say(blocks.open())
  await pass(300)
  expect(started(transports)).toEqual([1, 1, 0])
  expect(live.state.status).toBe('connecting')
  sse.run$.say(hello())
  expect(live.state.transport).toBe('sse')
  live.close()
})

test('the first that proves itself carries; the less preferred are aborted and leave nothing behind', async () => {
  const transports = three()
  const [websocket, sse, poll] = transports
  const live = connect(URL, { transports })
  await pass(600)
  expect(started(transports)).toEqual([1, 1, 1])
  websocket.run$.say(hello())
  await tick()
  websocket.run$.say(blocks.pong())
  expect(sse.run$.task.signal.aborted).toBe(true)
  expect(poll.run$.task.signal.aborted).toBe(true)
  expect(websocket.run$.task.signal.aborted).toBe(false)
  const heard: unknown[] = []
  live.on('*', ({ id }) => heard.push(id))
  sse.run$.say(hello(), blocks.event('a', 1, 'g.1'))
  poll.run$.fail(new Error('late'))
  await tick()
  expect(heard).toEqual([])
  expect(live.state).toMatchObject({ status: 'open', transport: 'websocket', error: undefined })
  live.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('no transport starts after one has proven itself', async () => {
  const transports = three()
  const live = connect(URL, { transports })
  await tick()
  transports[0].run$.say(hello())
  await tick()
  transports[0].run$.say(blocks.pong())
  await pass(3000)
  expect(started(transports)).toEqual([1, 0, 0])
  live.close()
})

test('a more preferred one that hangs keeps its chance for ten seconds, then ends', async () => {
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  await pass(300)
  sse.run$.say(hello())
  await pass(9699)
  expect(websocket.run$.task.signal.aborted).toBe(false)
  await pass(1)
  expect(websocket.run$.task.signal.aborted).toBe(true)
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  live.close()
})

test('a transport that opens and says nothing fails after ten seconds, with an error that names plain()', async () => {
  const websocket = scripted('websocket', 'message')
  const live = connect(URL, { transports: [websocket] })
  const errors: string[] = []
  live.onError(({ code, message }) => errors.push(`${code}: ${message}`))
  await tick()
  websocket.run$.task.opened({ send() {} })
  await pass(9999)
  expect(errors).toEqual([])
  await pass(1)
  expect(errors).toEqual([expect.stringMatching(/^timeout: .*plain\(\)/)])
  live.close()
})

test('headers() is asked once for a round, not once for each racer', async () => {
  const transports = three()
  const headers = vi.fn(() => ({ authorization: 'once' }))
  const live = connect(URL, { transports, headers })
  await pass(600)
  expect(started(transports)).toEqual([1, 1, 1])
  expect(headers).toHaveBeenCalledTimes(1)
  expect(transports[1].run$.ask.headers).toMatchObject({ authorization: 'once' })
  expect(JSON.parse(transports[0].run$.ask.frame ?? '')).toMatchObject({ headers: { authorization: 'once' } })
  live.close()
})

test('a transport that is missing on the platform costs nothing', async () => {
  vi.stubGlobal('WebSocket', undefined)
  const { websocket } = await import('../../../src/core.js')
  const sse = scripted('sse', 'stream')
  const live = connect(URL, { transports: [websocket(), sse] })
  await tick()
  expect(sse.runs).toHaveLength(1)
  live.close()
})

test('everything that was tried stands in explain(), with what became of it', async () => {
  const [websocket, sse, poll] = three()
  const live = connect(URL, { transports: [websocket, sse, poll] })
  await tick()
  websocket.run$.fail(new Error('reset'))
  await pass(400)
  poll.run$.say(hello())
  sse.run$.say(hello())
  await tick()
  const { attempts } = live.explain()
  expect(attempts.map(({ transport, outcome }) => [transport, outcome])).toEqual([
    ['websocket', 'failed'],
    ['sse', 'used'],
    ['long-poll', 'lost'],
  ])
  expect(attempts.map(({ took }) => took)).toEqual([0, 400, 100])
  expect(attempts[0]?.why).toMatch(/reset/)
  live.close()
})

test('where all others have failed, one that hangs is waited for 1.5 s, and twice as long in every further round', async () => {
  random(0)
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  for (const [round, wait] of [1500, 3000, 6000, 10_000].entries()) {
    const hanging = websocket.run$
    await pass(300)
    expect([websocket.runs.length, sse.runs.length]).toEqual([round + 1, round + 1])
    sse.run$.fail(new Error('down'))
    // Ten seconds are the most that it gets, counted from its own start.
    await pass(Math.min(wait, 10_000 - 300) - 1)
    expect(hanging.task.signal.aborted).toBe(false)
    await pass(1)
    expect(hanging.task.signal.aborted).toBe(true)
    await pass(1)
  }
  live.close()
})

test('one that is merely slow, where the others fail, still gets through', async () => {
  random(0)
  const [websocket, sse] = three()
  const live = connect(URL, { transports: [websocket, sse] })
  const errors: string[] = []
  live.onError(({ code }) => errors.push(code))
  await pass(300)
  sse.run$.fail(new Error('blocked'))
  await pass(1400)
  websocket.run$.say(hello())
  expect(live.state).toMatchObject({ status: 'open', transport: 'websocket' })
  expect(errors).toEqual([])
  live.close()
})
