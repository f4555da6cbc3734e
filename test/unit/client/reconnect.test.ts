import { expect, test, vi } from 'vitest'
import { HoldfastError } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { hello, start, untilNext } from './starting.js'

useFakeTime()

test('attempts that fail are repeated after an exponentially growing, wholly random time', async () => {
  random(0.5)
  const { sse, live } = start()
  await tick()
  const waits = []
  for (let turn = 0; turn < 9; turn++) {
    sse.run$.fail(new Error('down'))
    await tick()
    waits.push(await untilNext(sse))
  }
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  live.close()
})

test('the jitter reaches from nothing to all', async () => {
  random(0)
  const { sse, live } = start()
  await tick()
  for (let turn = 0; turn < 3; turn++) {
    sse.run$.fail(new Error('down'))
    await pass(1)
    expect(sse.runs).toHaveLength(turn + 2)
  }
  random(0.999)
  sse.run$.fail(new Error('down'))
  await tick()
  expect(await untilNext(sse)).toBeCloseTo(3996, -1)
  live.close()
})

test('minDelay and maxDelay are the bounds of the backoff', async () => {
  random(1)
  const { sse, live } = start({ reconnect: { minDelay: 100, maxDelay: 300 } })
  await tick()
  const waits = []
  for (let turn = 0; turn < 4; turn++) {
    sse.run$.fail(new Error('down'))
    await tick()
    waits.push(await untilNext(sse))
  }
  expect(waits).toEqual([100, 200, 300, 300])
  live.close()
})

test('the first retry after a break is spread over the window that the server gave', async () => {
  random(0.5)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello({}, { reconnect: 8000 }))
  await pass(6000)
  sse.run$.fail(new Error('cut'))
  await tick()
  expect(live.state.status).toBe('reconnecting')
  expect(await untilNext(sse)).toBe(4000)
  live.close()
})

test('who comes back and finds nobody stays within the window, until the backoff is longer', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello({}, { reconnect: 3000 }))
  await pass(6000)
  const waits = []
  for (let turn = 0; turn < 6; turn++) {
    sse.run$.fail(new Error('down'))
    await tick()
    waits.push(await untilNext(sse))
  }
  expect(waits).toEqual([3000, 3000, 3000, 3000, 4000, 8000])
  live.close()
})

test('a window that is longer than maxDelay counts for all retries', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello({}, { reconnect: 100_000 }))
  await pass(6000)
  for (let turn = 0; turn < 9; turn++) {
    sse.run$.fail(new Error('down'))
    await tick()
    expect(await untilNext(sse)).toBe(100_000)
  }
  live.close()
})

test('a small window shortens the first retry alone', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello({}, { reconnect: 70 }))
  await pass(6000)
  const waits = []
  for (let turn = 0; turn < 3; turn++) {
    sse.run$.fail(new Error('down'))
    await tick()
    waits.push(await untilNext(sse))
  }
  expect(waits).toEqual([70, 500, 1000])
  live.close()
})

test('the window is what the server said last, in ready or by retry', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  const waits = []
  for (const said of [
    [hello({}, { reconnect: 3000 }), 'retry: 9000\n\n'],
    [hello({}, { reconnect: 70 })],
    // A server that says nothing takes nothing back.
    [hello()],
  ]) {
    sse.run$.say(...said)
    await pass(6000)
    sse.run$.fail(new Error('cut'))
    await tick()
    waits.push(await untilNext(sse))
  }
  expect(waits).toEqual([9000, 70, 70])
  live.close()
})

test('without a window the first retry is jittered as well', async () => {
  random(0.5)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello())
  await pass(6000)
  sse.run$.end()
  await tick()
  expect(await untilNext(sse)).toBe(250)
  live.close()
})

test('a window of an hour and more is an hour', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello({}, { reconnect: 2 ** 40 }))
  await pass(6000)
  sse.run$.fail(new Error('cut'))
  await tick()
  expect(await untilNext(sse)).toBe(3_600_000)
  live.close()
})

test.each([
  ['retry: 2000\n\n', 2000],
  ['retry: 0\n\n', 50],
  ['retry: 12abc\n\n', 500],
  ['retry: -5\n\n', 500],
  ['retry: 1.5\n\n', 500],
  ['retry: 99999999999\n\n', 3_600_000],
])('%j makes the window %i ms', async (block, wait) => {
  random(1)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello(), block)
  await pass(6000)
  sse.run$.fail(new Error('cut'))
  await tick()
  expect(await untilNext(sse)).toBe(wait)
  live.close()
})

test('Retry-After is waited out, and the jitter comes on top', async () => {
  random(0.5)
  const { sse, live } = start()
  await tick()
  sse.run$.fail(new HoldfastError('status', 'busy', { status: 503, retryAfter: 7000 }))
  await tick()
  expect(await untilNext(sse)).toBe(7250)
  sse.run$.fail(new HoldfastError('status', 'busy', { status: 503, retryAfter: 2 ** 40 }))
  await tick()
  expect(await untilNext(sse)).toBe(3_600_500)
  live.close()
})

test('retryAfter of an error block is honoured', async () => {
  random(0)
  const { sse, live } = start()
  await tick()
  sse.run$.say(blocks.open() + blocks.error('too-many', { retryAfter: 9000 }))
  await tick()
  expect(await untilNext(sse)).toBe(9000)
  live.close()
})

test('nobody shortens a wait that the server asked for', async () => {
  random(0)
  const { sse, live } = start()
  await tick()
  sse.run$.fail(new HoldfastError('status', 'busy', { status: 503, retryAfter: 60_000 }))
  await tick()
  dispatchEvent(new Event('online'))
  document.dispatchEvent(new Event('visibilitychange'))
  document.dispatchEvent(new Event('resume'))
  await pass(59_000)
  expect(sse.runs).toHaveLength(1)
  await pass(1000)
  expect(sse.runs).toHaveLength(2)
  live.close()
})

test('the backoff starts anew only after the connection has lived for five seconds', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  const waits = []
  for (const lived of [4999, 4999, 4999, 5001]) {
    sse.run$.say(hello())
    await pass(lived)
    sse.run$.fail(new Error('cut'))
    await tick()
    waits.push(await untilNext(sse))
  }
  expect(waits).toEqual([500, 1000, 2000, 500])
  live.close()
})

test('state.attempt counts, and starts anew with the backoff', async () => {
  random(0)
  const { sse, live } = start()
  expect(live.state.attempt).toBe(0)
  await tick()
  expect(live.state.attempt).toBe(1)
  sse.run$.fail(new Error('down'))
  await pass(1)
  expect(live.state.attempt).toBe(2)
  sse.run$.say(hello())
  expect(live.state.attempt).toBe(2)
  await pass(5000)
  expect(live.state.attempt).toBe(0)
  live.close()
})

test('maxAttempts that fail in a row end it', async () => {
  random(0)
  const { sse, live } = start({ reconnect: { maxAttempts: 3 } })
  await tick()
  for (let turn = 0; turn < 3; turn++) {
    sse.run$.fail(new HoldfastError('network', 'down'))
    await pass(1)
  }
  expect(sse.runs).toHaveLength(3)
  expect(live.state).toMatchObject({ status: 'closed', reason: 'ended', error: { code: 'network' } })
  await expect(live.opened).rejects.toMatchObject({ code: 'network' })
  expect(vi.getTimerCount()).toBe(0)
})

test('with reconnect: false a clean end is the end', async () => {
  const { sse, live } = start({ reconnect: false })
  await tick()
  sse.run$.say(hello())
  sse.run$.end()
  expect(await live.closed).toBe('ended')
  expect(live.state.error).toBeUndefined()
  await pass(60_000)
  expect(sse.runs).toHaveLength(1)
})

test('with reconnect: false a break is the end, with its error', async () => {
  const { sse, live } = start({ reconnect: false })
  await tick()
  sse.run$.say(hello())
  sse.run$.fail(new HoldfastError('network', 'cut'))
  expect(await live.closed).toBe('ended')
  expect(live.state.error).toMatchObject({ code: 'network' })
})

test('a drain is followed within its window, at a random moment', async () => {
  random(0.25)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello(), blocks.drain(8000))
  const old = sse.run$
  await pass(1999)
  expect(sse.runs).toHaveLength(1)
  old.say(blocks.event('a', 1, 'g.1'))
  await pass(1)
  expect(old.task.signal.aborted).toBe(true)
  expect(sse.runs).toHaveLength(2)
  expect(sse.run$.ask.url).toContain('cursor=g.1')
  live.close()
})

test('a drain that is said twice is followed once', async () => {
  random(1)
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello(), blocks.drain(8000), blocks.drain(4000))
  await pass(4000)
  expect(sse.runs).toHaveLength(2)
  sse.run$.say(hello())
  await pass(10_000)
  expect(sse.runs).toHaveLength(2)
  live.close()
})

test('a minDelay that is longer than maxDelay is by default raises it', async () => {
  random(1)
  const { sse, live } = start({ reconnect: { minDelay: 60_000 } })
  await tick()
  for (let turn = 0; turn < 2; turn++) {
    sse.run$.fail(new Error('down'))
    await tick()
    expect(await untilNext(sse)).toBe(60_000)
  }
  live.close()
})

test('a delay that no timer can hold does not become a busy loop', async () => {
  random(1)
  const { sse, live } = start({ reconnect: { minDelay: 2 ** 31, maxDelay: 2 ** 33 } })
  await tick()
  sse.run$.fail(new Error('down'))
  await pass(10_000)
  expect(sse.runs).toHaveLength(1)
  live.close()
})
