import { expect, test, vi } from 'vitest'
import { connect, plain } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { frames, numbers, openWebSocket, outcome } from './sending.js'
import { address, hello } from './starting.js'

useFakeTime()

test('undefined, bytes, and values with toJSON', async () => {
  const { transport, live } = await openWebSocket()
  const bytes = new Uint8Array([104, 105])
  for (const data of [undefined, null, bytes, bytes.buffer, new DataView(bytes.buffer), new Date(0)]) {
    outcome(live.send('a', data))
  }
  await tick()
  const said = frames(transport)
    .flatMap(({ messages }) => messages)
    .map(({ number: _, type: __, ...rest }) => rest)
  const base64 = { bytes: btoa('hi') }
  expect(said).toEqual([{}, { data: null }, base64, base64, base64, { data: '1970-01-01T00:00:00.000Z' }])
  live.close()
})

test('a view of a part of a buffer is that part', async () => {
  const { transport, live } = await openWebSocket()
  outcome(live.send('a', new Uint8Array([1, 104, 105, 2]).subarray(1, 3)))
  await tick()
  expect(frames(transport)[0]?.messages[0]).toMatchObject({ bytes: btoa('hi') })
  live.close()
})

test('what JSON cannot hold rejects that send alone', async () => {
  const { transport, live } = await openWebSocket()
  const circle: { self?: unknown } = {}
  circle.self = circle
  await expect(live.send('a', circle)).rejects.toThrow(TypeError)
  await expect(live.send('a', 1n)).rejects.toThrow(TypeError)
  outcome(live.send('b'))
  await tick()
  expect(numbers(transport)).toEqual([[1]])
  live.close()
})

test.each(['', 'holdfast:x', 'a\nb', 'a\rb', 'a\0b', 'x'.repeat(257), 7, undefined])(
  'the type %j is refused before it costs the connection',
  async (type) => {
    const { transport, live } = await openWebSocket()
    await expect(live.send(type as string)).rejects.toThrow(TypeError)
    expect(frames(transport)).toEqual([])
    live.close()
  },
)

test('an abort before transmission withdraws the message', async () => {
  random(0)
  const transport = scripted('websocket', 'message')
  const live = connect(address, { transports: [transport] })
  const abort = new AbortController()
  const reply = outcome(live.send('never', 1, { signal: abort.signal }))
  outcome(live.send('later'))
  abort.abort('changed my mind')
  await tick()
  expect(reply).toEqual({ code: 'changed my mind' })
  transport.run$.say(hello())
  await tick()
  expect(frames(transport)[0]?.messages).toMatchObject([{ number: 1, type: 'later' }])
  live.close()
})

test('an abort after transmission gives up, and keeps the numbers whole', async () => {
  const { transport, live } = await openWebSocket()
  const abort = new AbortController()
  const reply = outcome(live.send('gone', 1, { signal: abort.signal }))
  await tick()
  abort.abort('too slow')
  await tick()
  expect(reply).toEqual({ code: 'too slow' })
  transport.run$.fail(new Error('cut'))
  await pass(1)
  transport.run$.say(hello({}, { handled: 0 }))
  const next = outcome(live.send('next'))
  await tick()
  expect(numbers(transport).flat()).toEqual([1, 2])
  transport.run$.say(blocks.result(1) + blocks.result(2, { data: 'ok' }))
  await tick()
  expect(next).toEqual({ value: 'ok' })
  live.close()
})

test('a signal that is already aborted sends nothing', async () => {
  const { transport, live } = await openWebSocket()
  await expect(live.send('a', 1, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
  await tick()
  expect(frames(transport)).toEqual([])
  live.close()
})

test('a signal that outlives many sends holds none of them', async () => {
  for (const protocol of [undefined, plain()]) {
    random(0)
    const transport = scripted('websocket', 'message')
    const live: { send(...given: unknown[]): Promise<unknown>; close(): void } = connect(address, {
      transports: [transport],
      protocol,
    })
    const { signal } = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    await tick()
    transport.run$.say(protocol ? 'hi' : hello())
    const reply = protocol ? live.send('a', { signal }) : live.send('a', 1, { signal })
    await tick()
    if (!protocol) transport.run$.say(blocks.result(1))
    await reply
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length)
    live.close()
  }
})

test('after close nothing can be sent', async () => {
  const { live } = await openWebSocket()
  live.close()
  await expect(live.send('a')).rejects.toMatchObject({ code: 'closed' })
})

test('close rejects what has no outcome', async () => {
  const { live } = await openWebSocket()
  const replies = [live.send('a'), live.send('b')].map(outcome)
  live.close()
  await tick()
  expect(replies).toEqual([{ code: 'closed' }, { code: 'closed' }])
})

test('a server that takes no sends says so', async () => {
  const { live } = await openWebSocket({ level: 2 })
  await expect(live.send('a')).rejects.toMatchObject({ code: 'not-supported' })
  live.close()
})

test('what was withdrawn after it was transmitted goes again as withdrawn, under its number', async () => {
  const { transport, live } = await openWebSocket()
  const abort = new AbortController()
  outcome(live.send('secret', 'plans', { signal: abort.signal }))
  outcome(live.send('b'))
  await tick()
  abort.abort()
  transport.run$.fail(new Error('cut'))
  await pass(1)
  transport.run$.say(hello({}, { handled: 0 }))
  await tick()
  expect(frames(transport).flatMap(({ messages }) => messages)).toEqual([
    { number: 1, type: 'holdfast:withdrawn' },
    { number: 2, type: 'b' },
  ])
  live.close()
})
