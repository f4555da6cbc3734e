import { expect, test } from 'vitest'
import { connect } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { frames, isSend, numbers, openWebSocket, outcome } from './sending.js'
import { address, hello } from './starting.js'

useFakeTime()

test('sends are numbered from 1, without holes, under the client id of the hello', async () => {
  const { transport, live } = await openWebSocket()
  for (const type of ['a', 'b']) {
    outcome(live.send(type, { n: type }))
    await tick()
  }
  const [first, second] = frames(transport)
  expect(first).toMatchObject({ unacknowledged: 1, messages: [{ number: 1, type: 'a', data: { n: 'a' } }] })
  expect(second).toMatchObject({ unacknowledged: 1, messages: [{ number: 2, type: 'b', data: { n: 'b' } }] })
  expect(first?.client).toBe(new URL(transport.run$.ask.url).searchParams.get('client'))
  expect(first?.client).toMatch(/^[A-Za-z0-9_-]{16,64}$/)
  live.close()
})

test('each connection has a client id of its own', async () => {
  const one = await openWebSocket()
  const other = await openWebSocket()
  const id = ({ transport }: typeof one) => new URL(transport.run$.ask.url).searchParams.get('client')
  expect(id(one)).not.toBe(id(other))
  one.live.close()
  other.live.close()
})

test('the outcome resolves the send with what the handler returned', async () => {
  const { transport, live } = await openWebSocket()
  const replies = [live.send('a'), live.send('b'), live.send('c')].map(outcome)
  await tick()
  transport.run$.say(
    blocks.result(1, { data: { stored: true } }) + blocks.result(2) + blocks.result(3, { bytes: btoa('hi') }),
  )
  await tick()
  expect(replies).toEqual([
    { value: { stored: true } },
    { value: undefined },
    { value: new TextEncoder().encode('hi') },
  ])
  live.close()
})

test('no bytes are bytes too', async () => {
  const { transport, live } = await openWebSocket()
  const reply = outcome(live.send('a'))
  await tick()
  transport.run$.say(blocks.result(1, { bytes: '' }))
  await tick()
  expect(reply).toEqual({ value: new Uint8Array() })
  live.close()
})

test('a result with an error rejects with its code', async () => {
  const { transport, live } = await openWebSocket()
  const reply = live.send('a')
  reply.catch(() => {})
  await tick()
  transport.run$.say(blocks.result(1, { error: { code: 'too-rude', message: 'mind your words' } }))
  await expect(reply).rejects.toMatchObject({ name: 'HoldfastError', code: 'too-rude', message: 'mind your words' })
  live.close()
})

test('a result that nobody waits for does no harm', async () => {
  const { transport, live } = await openWebSocket()
  transport.run$.say(blocks.result(9), blocks.result(-1), 'event: holdfast:result\ndata: {}\n\n')
  expect(live.state.status).toBe('open')
  live.close()
})

test('a result whose bytes are no base64 breaks nothing but itself', async () => {
  const { transport, live } = await openWebSocket()
  outcome(live.send('a'))
  await tick()
  expect(() => transport.run$.say(blocks.result(1, { bytes: '***' }))).not.toThrow()
  live.close()
})

test('unacknowledged says what the page already has', async () => {
  const { transport, live } = await openWebSocket()
  outcome(live.send('a'))
  await tick()
  transport.run$.say(blocks.result(1))
  outcome(live.send('b'))
  await tick()
  expect(frames(transport).at(-1)).toMatchObject({ unacknowledged: 2, messages: [{ number: 2 }] })
  live.subscribe('x')
  await tick()
  const again = JSON.parse(transport.run$.sent.at(-1) ?? '')
  expect(again).toMatchObject({ holdfast: 'hello', unacknowledged: 2, next: 3 })
  live.close()
})

test('not more than 64 are on their way', async () => {
  const { transport, live } = await openWebSocket()
  for (let n = 1; n <= 70; n++) outcome(live.send('a', n))
  await tick()
  expect(numbers(transport).flat()).toHaveLength(64)
  transport.run$.say(blocks.result(1) + blocks.result(2))
  await tick()
  expect(numbers(transport).flat()).toEqual(Array.from({ length: 66 }, (_, index) => index + 1))
  live.close()
})

test('what waits is packed into frames below the limit', async () => {
  const limit = 1000
  random(0)
  const transport = scripted('websocket', 'message')
  const live = connect(address, { transports: [transport] })
  for (let n = 0; n < 20; n++) outcome(live.send('a', 'ü'.repeat(50)))
  await tick()
  transport.run$.say(hello({ limit }))
  await tick()
  const sent = transport.run$.sent.filter(isSend)
  expect(sent.length).toBeGreaterThan(1)
  expect(sent.length).toBeLessThan(10)
  for (const frame of sent) expect(new TextEncoder().encode(frame).length).toBeLessThanOrEqual(limit)
  expect(numbers(transport).flat()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  live.close()
})

test('a message of any size is sent, or rejected as too large; and those behind it are sent', async () => {
  const { transport, live } = await openWebSocket({ limit: 500 })
  let rejected = 0
  let sent = 0
  for (let size = 250; size < 500; size++) {
    const reply = outcome(live.send('a', 'x'.repeat(size)))
    const small = outcome(live.send('b'))
    await tick()
    const all = frames(transport).flatMap(({ messages }) => messages)
    const last = all.at(-1)
    expect(last?.type).toBe('b')
    if (reply.code === 'message-too-large') rejected++
    else sent++
    expect(all).toHaveLength(2 * sent + rejected)
    transport.run$.say(all.map(({ number }) => blocks.result(number)).join(''))
    await tick()
    expect(small).toEqual({ value: undefined })
  }
  expect(Math.min(rejected, sent)).toBeGreaterThan(50)
  for (const frame of transport.run$.sent) expect(frame.length).toBeLessThanOrEqual(500)
  live.close()
})

test('what was too large leaves no hole in the numbers', async () => {
  const { transport, live } = await openWebSocket()
  outcome(live.send('a'))
  const reply = live.send('big', 'x'.repeat(70_000))
  reply.catch(() => {})
  outcome(live.send('b'))
  await expect(reply).rejects.toMatchObject({ code: 'message-too-large' })
  expect(numbers(transport).flat()).toEqual([1, 2])
  live.close()
})

test('more than a thousand that wait are too many', async () => {
  const { live } = await openWebSocket()
  for (let n = 0; n < 1000; n++) outcome(live.send('a'))
  await expect(live.send('a')).rejects.toMatchObject({ code: 'queue-full' })
  live.close()
})

test('what is sent before the connection is open goes when it is', async () => {
  random(0)
  const transport = scripted('sse', 'stream')
  const live = connect(address, { transports: [transport] })
  outcome(live.send('a'))
  outcome(live.send('b'))
  await tick()
  expect(new URL(transport.run$.ask.url).searchParams.get('next')).toBe('1')
  transport.run$.say(hello())
  await tick()
  expect(numbers(transport)).toEqual([[1, 2]])
  live.close()
})

test('after a break what has no outcome goes again, what was handled does not', async () => {
  const { transport, live } = await openWebSocket()
  const replies = [live.send('a'), live.send('b'), live.send('c')].map(outcome)
  await tick()
  transport.run$.fail(new Error('cut'))
  await pass(1)
  const query = new URL(transport.run$.ask.url).searchParams
  expect([query.get('unacknowledged'), query.get('next')]).toEqual(['1', '4'])
  transport.run$.say(hello({}, { handled: 2 }))
  await tick()
  expect(numbers(transport)).toEqual([[3]])
  transport.run$.say(blocks.result(1, { data: 1 }) + blocks.result(2, { data: 2 }) + blocks.result(3, { data: 3 }))
  await tick()
  expect(replies).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }])
  live.close()
})

test('an outcome that the server kept no longer is an error', async () => {
  const { transport, live } = await openWebSocket()
  const reply = outcome(live.send('a'))
  await tick()
  transport.run$.say(blocks.result(1, { error: { code: 'outcome-lost', message: 'too late' } }))
  await tick()
  expect(reply).toEqual({ code: 'outcome-lost' })
  live.close()
})

test('a server that lost its memory: what was transmitted is unconfirmed, what was not goes', async () => {
  const { transport, live } = await openWebSocket()
  const replies = Array.from({ length: 66 }, () => outcome(live.send('a')))
  await tick()
  transport.run$.fail(new Error('cut'))
  await pass(1)
  expect(new URL(transport.run$.ask.url).searchParams.get('next')).toBe('65')
  transport.run$.say(hello({}, { handled: null }))
  await tick()
  expect(replies.filter(({ code }) => code === 'unconfirmed')).toHaveLength(64)
  expect(numbers(transport)).toEqual([[65, 66]])
  live.close()
})

test('a server that takes the client for somebody else knows nothing of its sends', async () => {
  const { transport, live } = await openWebSocket()
  transport.run$.fail(new Error('cut'))
  await pass(1)
  transport.run$.say(hello({}, { principal: 'ann' }))
  const reply = outcome(live.send('a'))
  await tick()
  transport.run$.fail(new Error('cut'))
  await pass(1)
  // Ann's account has handled it, perhaps; this one says that nothing was.
  transport.run$.say(hello({}, { principal: 'bob', handled: 0 }))
  await tick()
  expect(reply).toEqual({ code: 'unconfirmed' })
  expect(numbers(transport)).toEqual([])
  live.close()
})

test('a limit that shrinks leaves no hole in the numbers', async () => {
  const { transport, live } = await openWebSocket({ limit: 1_000_000 })
  outcome(live.send('big', 'x'.repeat(100_000)))
  await tick()
  transport.run$.fail(new Error('cut'))
  await pass(1)
  transport.run$.say(hello({ limit: 1000 }))
  outcome(live.send('small'))
  await tick()
  expect(numbers(transport).flat()).toEqual([1, 2])
  live.close()
})

test('a server that names no limit takes 64 kilobytes', async () => {
  const { transport, live } = await openWebSocket({ limit: undefined })
  const fits = outcome(live.send('a', 'x'.repeat(65_000)))
  const tooLarge = outcome(live.send('a', 'x'.repeat(66_000)))
  await tick()
  expect([fits, tooLarge]).toEqual([{}, { code: 'message-too-large' }])
  expect(numbers(transport)).toEqual([[1]])
  live.close()
})
