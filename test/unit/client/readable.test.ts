import { expect, test, vi } from 'vitest'
import { random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { startOpen } from './starting.js'

useFakeTime()

async function start() {
  random(0)
  const started = await startOpen()
  const publish = (...numbers: number[]) =>
    started.sse.run$.say(numbers.map((number) => blocks.event('n', number, `g.${number}`)).join(''))
  return { ...started, publish }
}
/** What a stream still holds, in short. */
async function rest(stream: ReadableStream<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) all.push(short(read.value))
  return all
}
function short(item: unknown): unknown {
  const { type, data, count, position } = item as Record<string, unknown>
  return type === 'holdfast:dropped' ? `dropped ${count}` : type === 'holdfast:gap' ? `gap ${position}` : data
}

test('a stream holds what an iteration would: events and gaps, from the call on', async () => {
  const { sse, live, publish } = await start()
  publish(1)
  const [some, all] = [live.readable('n'), live.readable()]
  publish(2)
  sse.run$.say(blocks.gap('g.8') + blocks.event('other', 'x', 'g.9'))
  live.close()
  expect(await rest(some)).toEqual([2, 'gap g.8'])
  expect(await rest(all)).toEqual([2, 'gap g.8', 'x'])
})

test('a reader that waits gets the next event at once', async () => {
  const { live, publish } = await start()
  const read = live.readable('n').getReader().read()
  await tick()
  publish(1)
  expect(await read).toEqual({ done: false, value: { type: 'n', data: 1, id: 'g.1' } })
  live.close()
})

test('what waits for the reader is what limit and overflow say, and not one more', async () => {
  const { live, publish } = await start()
  const oldest = live.readable('n', { limit: 2 })
  const newest = live.readable('n', { limit: 2, overflow: 'drop-newest' })
  publish(1)
  await tick() // a stream that read ahead would take it now
  publish(2, 3, 4)
  live.close()
  expect(await rest(oldest)).toEqual(['dropped 2', 3, 4])
  expect(await rest(newest)).toEqual([1, 2, 'dropped 2'])
  expect(() => live.readable('n', { limit: 0 })).toThrow(TypeError)
})

test('a pipe reads as fast as its end takes it', async () => {
  const { live, publish } = await start()
  const written: unknown[] = []
  let take = () => {}
  const slow = new WritableStream({
    write: (item) =>
      new Promise<void>((resolve) => {
        written.push(short(item))
        take = resolve
      }),
  })
  const done = live.readable('n', { limit: 1 }).pipeTo(slow)
  publish(1)
  await tick()
  publish(2, 3)
  await tick()
  expect(written).toEqual([1])
  take()
  await tick()
  expect(written).toEqual([1, 'dropped 1'])
  live.close()
  for (let turn = 0; turn < 3; turn++) {
    take()
    await tick()
  }
  await done
  expect(written).toEqual([1, 'dropped 1', 3])
})

test('cancelling it stops listening', async () => {
  const { sse, live, publish } = await start()
  const decode = vi.spyOn(JSON, 'parse')
  const reader = live.readable('n').getReader()
  const read = reader.read()
  await tick()
  await reader.cancel()
  expect(await read).toEqual({ done: true, value: undefined })
  decode.mockClear()
  publish(1)
  expect(decode).not.toHaveBeenCalled()
  decode.mockRestore()
  expect(live.state.status).toBe('open')
  sse.run$.end()
  live.close()
})

test('its signal closes it', async () => {
  const { live, publish } = await start()
  const abort = new AbortController()
  const stream = live.readable('n', { signal: abort.signal })
  publish(1)
  abort.abort()
  expect(await rest(stream)).toEqual([])
  live.close()
})

test('it breaks with the error of the connection, behind what had arrived', async () => {
  const { sse, live, publish } = await start()
  const reader = live.readable('n').getReader()
  publish(1)
  sse.run$.say(blocks.error('forbidden'))
  expect(short((await reader.read()).value)).toBe(1)
  await expect(reader.read()).rejects.toMatchObject({ code: 'forbidden' })
  await expect(reader.closed).rejects.toMatchObject({ code: 'forbidden' })
})

test('who leaves is not told how it would have ended', async () => {
  const { sse, live, publish } = await start()
  const [stream, items] = [live.readable('n'), live.events('n')]
  publish(1)
  sse.run$.say(blocks.error('forbidden'))
  await expect(stream.cancel()).resolves.toBeUndefined()
  await expect(items.return?.()).resolves.toEqual({ done: true, value: undefined })
})
