import { expect, test } from 'vitest'
import { connect, HoldfastError } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

const HOUR = 3_600_000

const hello = () => blocks.open({ heartbeat: 2 * HOUR }) + blocks.ready('g.0')

const pair = () => ({ websocket: scripted('websocket', 'message'), sse: scripted('sse', 'stream') })

/** The WebSocket carried for a second, and died in some way; then the server may have been down for a moment. */
async function dieTwice(error: unknown, serverIsDown: boolean, then = () => {}) {
  random(0)
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  await tick()
  for (let turn = 0; turn < 2; turn++) {
    const run = websocket.run$
    run.say(hello())
    await tick()
    run.say(blocks.pong())
    await pass(1000)
    run.fail(error)
    await tick()
    if (!serverIsDown) continue
    websocket.run$.fail(new Error('refused'))
    await tick()
    sse.run$.fail(new Error('refused'))
    await tick()
  }
  then()
  // How the next round begins.
  await pass(50)
  const began = [websocket, sse].map(({ runs }) => runs.filter(({ task }) => !task.signal.aborted).length)
  live.close()
  return began
}

test('a transport that opens and dies again and again loses its place', async () => {
  random(0)
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  for (let turn = 0; turn < 2; turn++) {
    await pass(100)
    websocket.run$.say(hello())
    await tick()
    websocket.run$.say(blocks.pong())
    await pass(4000)
    websocket.run$.fail(new Error('cut'))
    if (sse.runs.length) sse.run$.fail(new Error('slow'))
  }
  await pass(600)
  const before = websocket.runs.length
  expect(sse.runs.length).toBeGreaterThan(0)
  sse.run$.say(hello())
  await pass(1000)
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  expect(websocket.runs).toHaveLength(before)
  live.close()
})

test('a restarting server does not downgrade its visitors for ever', async () => {
  random(0)
  const { websocket, sse } = pair()
  const live = connect(URL, { transports: [websocket, sse] })
  // It comes up twice, and falls again at once, whatever the transport.
  for (let turn = 0; turn < 2; turn++) {
    await pass(600)
    const run = websocket.run$
    run.say(hello())
    await tick()
    run.say(blocks.pong())
    await pass(1000)
    run.fail(new Error('restart'))
    await tick()
  }
  await pass(600)
  const carrier = sse.runs.length && !sse.run$.task.signal.aborted ? sse : websocket
  carrier.run$.say(hello())
  await pass(40_000)
  if (live.state.transport !== 'websocket') {
    websocket.run$.say(hello())
    await tick()
    websocket.run$.say(blocks.pong())
    await tick()
    websocket.run$.say(blocks.ready('g.0', { hello: 2 }))
  }
  expect(live.state.transport).toBe('websocket')
  // It lives now: the next break begins with it again, and it has its head start.
  await pass(6000)
  const [websockets, streams] = [websocket.runs.length, sse.runs.length]
  websocket.run$.fail(new Error('cut'))
  await pass(100)
  expect([websocket.runs.length - websockets, sse.runs.length - streams]).toEqual([1, 0])
  live.close()
})

test('deaths at which the server was down do not count', async () => {
  expect(await dieTwice(new Error('cut'), true)).toEqual([1, 0])
})

test.each([1001, 1012, 1013])('a server that says goodbye (%i) is no reason to doubt the transport', async (status) => {
  expect(await dieTwice(new HoldfastError('network', 'closed', { status }), false)).toEqual([1, 0])
})

test('deaths for no known reason do count', async () => {
  expect(await dieTwice(new HoldfastError('network', 'closed', { status: 1006 }), false)).toEqual([0, 1])
})

test('deaths are forgotten on another network', async () => {
  expect(await dieTwice(new Error('cut'), false, () => dispatchEvent(new Event('online')))).toEqual([1, 0])
})
