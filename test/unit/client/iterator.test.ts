import { expect, test, vi } from 'vitest'
import { type ConnectOptions, connect, HoldfastError } from '../../../src/core.js'
import { random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

async function open(options: Omit<ConnectOptions, 'transports'> = {}) {
  random(0)
  const sse = scripted('sse', 'stream')
  const live = connect('http://app.test/live', { transports: [sse], ...options })
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('g.0'))
  const publish = (...numbers: number[]) =>
    sse.run$.say(numbers.map((number) => blocks.event('n', number, `g.${number}`)).join(''))
  return { sse, live, publish }
}
/** What an iterator yields until its end, in short. */
async function rest(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const item of items) all.push(short(item))
  return all
}
function short(item: unknown): unknown {
  const { type, data, count, position } = item as Record<string, unknown>
  return type === 'holdfast:dropped' ? `dropped ${count}` : type === 'holdfast:gap' ? `gap ${position}` : data
}

test('events come in order, from the call on, not from the first read', async () => {
  const { live, publish } = await open()
  publish(1)
  const items = live.events('n')
  publish(2, 3)
  await tick()
  publish(4)
  live.close()
  expect(await rest(items)).toEqual([2, 3, 4])
})

test('a reader that waits gets the next event at once', async () => {
  const { live, publish } = await open()
  const items = live.events('n')
  const next = items.next()
  publish(1)
  expect(await next).toEqual({ done: false, value: { type: 'n', data: 1, id: 'g.1' } })
  live.close()
})

test('a type filters; without one, or with *, all come', async () => {
  const { sse, live, publish } = await open()
  const [some, all, every] = [live.events('n'), live.events(), live.events('*')]
  publish(1)
  sse.run$.say(blocks.event('other', 'x', 'g.2'))
  live.close()
  expect(await Promise.all([some, all, every].map(rest))).toEqual([[1], [1, 'x'], [1, 'x']])
})

test('who reads too slowly loses the oldest, and is told in their place', async () => {
  const { live, publish } = await open()
  const items = live.events('n', { limit: 3 })
  publish(1, 2, 3, 4, 5)
  expect(short((await items.next()).value)).toBe('dropped 2')
  expect(short((await items.next()).value)).toBe(3)
  publish(6, 7)
  live.close()
  expect(await rest(items)).toEqual(['dropped 1', 5, 6, 7])
})

test('or the newest, and is told in their place', async () => {
  const { live, publish } = await open()
  const items = live.events('n', { limit: 3, overflow: 'drop-newest' })
  publish(1, 2, 3, 4, 5)
  expect([short((await items.next()).value), short((await items.next()).value)]).toEqual([1, 2])
  publish(6)
  live.close()
  expect(await rest(items)).toEqual([3, 'dropped 3'])
})

test('after what was dropped the newest come again', async () => {
  const { live, publish } = await open()
  const items = live.events('n', { limit: 1, overflow: 'drop-newest' })
  publish(1, 2)
  expect(short((await items.next()).value)).toBe(1)
  expect(short((await items.next()).value)).toBe('dropped 1')
  publish(3)
  live.close()
  expect(await rest(items)).toEqual([3])
})

test('by default a thousand items wait', async () => {
  const { live, publish } = await open()
  const items = live.events('n')
  publish(...Array.from({ length: 1001 }, (_, index) => index))
  live.close()
  const all = await rest(items)
  expect(all.slice(0, 2)).toEqual(['dropped 1', 1])
  expect(all).toHaveLength(1001)
})

test('gaps stand in their places', async () => {
  const { sse, live, publish } = await open()
  const items = live.events('n')
  publish(1)
  sse.run$.say(blocks.gap('g.8'))
  publish(9)
  live.close()
  expect(await rest(items)).toEqual([1, 'gap g.8', 9])
})

test('it ends when the page closes, also for a reader that waits', async () => {
  const { live } = await open()
  const items = live.events()
  const next = items.next()
  live.close()
  expect(await next).toEqual({ done: true, value: undefined })
  expect(await items.next()).toEqual({ done: true, value: undefined })
})

test('what had arrived before the end is still read', async () => {
  const { live, publish } = await open()
  const items = live.events()
  publish(1, 2)
  live.close()
  expect(await rest(items)).toEqual([1, 2])
})

test('on a connection that is closed already it is at its end', async () => {
  const { live } = await open()
  live.close()
  expect(await rest(live.events())).toEqual([])
})

test('it throws when the connection is refused, once', async () => {
  const { sse, live, publish } = await open()
  const items = live.events()
  publish(1)
  sse.run$.say(blocks.error('forbidden'))
  expect(short((await items.next()).value)).toBe(1)
  await expect(items.next()).rejects.toMatchObject({ code: 'forbidden' })
  expect(await items.next()).toEqual({ done: true, value: undefined })
  await expect(rest(live.events())).rejects.toMatchObject({ code: 'forbidden' })
})

test('with reconnect: false it ends with the stream, or throws where that broke', async () => {
  const good = await open({ reconnect: false })
  const items = good.live.events()
  good.publish(1)
  good.sse.run$.end()
  expect(await rest(items)).toEqual([1])

  const bad = await open({ reconnect: false })
  const broken = bad.live.events()
  bad.sse.run$.fail(new HoldfastError('network', 'cut'))
  await expect(rest(broken)).rejects.toMatchObject({ code: 'network' })
})

test('leaving the loop stops it: nothing is kept any more', async () => {
  const { live, publish } = await open()
  const items = live.events('n')
  publish(1, 2)
  for await (const item of items) {
    expect(short(item)).toBe(1)
    break
  }
  publish(3)
  expect(await items.next()).toEqual({ done: true, value: undefined })
  live.close()
})

test('return() ends a read that waits', async () => {
  const { live } = await open()
  const items = live.events()
  const next = items.next()
  await items.return?.()
  expect(await next).toEqual({ done: true, value: undefined })
  live.close()
})

test('its signal ends it', async () => {
  const { live, publish } = await open()
  const abort = new AbortController()
  const items = live.events('n', { signal: abort.signal })
  publish(1)
  abort.abort()
  publish(2)
  expect(await rest(items)).toEqual([])
  expect(await rest(live.events('n', { signal: AbortSignal.abort() }))).toEqual([])
  expect(live.state.status).toBe('open')
  live.close()
})

test('an iteration that has ended lets go of its signal', async () => {
  const { live } = await open()
  const { signal } = new AbortController()
  const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
  await live.events('n', { signal }).return?.()
  expect(add).toHaveBeenCalled()
  expect(remove).toHaveBeenCalledTimes(add.mock.calls.length)
  live.close()
})

test('reads that do not wait for each other get one item each, in order', async () => {
  const { live, publish } = await open()
  const items = live.events('n')
  const reads = [items.next(), items.next(), items.next()]
  await tick()
  publish(1)
  await tick()
  publish(2)
  live.close()
  const all = await Promise.all(reads)
  expect(all.map(({ done, value }) => (done ? 'end' : short(value)))).toEqual([1, 2, 'end'])
})

test.each([{ limit: 0 }, { limit: Number.NaN }, { limit: -1 }, { overflow: 'explode' }])(
  '%j is a TypeError at once',
  async (options) => {
    const { live } = await open()
    expect(() => live.events('n', options as never)).toThrow(TypeError)
    live.close()
  },
)
