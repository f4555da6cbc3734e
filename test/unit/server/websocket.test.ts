import { describe, expect, test } from 'vitest'
import { dataOf, eventsOf } from './blocks.js'
import { CLIENT, Served } from './served.js'

describe('a WebSocket', () => {
  test('hears open before its hello, ready after it, and then events', async () => {
    await using served = await Served.start()
    const socket = served.socket('?hello=frame')
    expect(await socket.block('holdfast:open')).toEqual({
      event: 'holdfast:open',
      data: { version: 1, level: 3, heartbeat: 15_000, limit: 65_536 },
    })
    expect(socket.blocks).toHaveLength(1)
    socket.hello({ client: CLIENT })
    const ready = await socket.block('holdfast:ready')
    expect(ready).toEqual({
      id: await served.hub.position(),
      event: 'holdfast:ready',
      data: { hello: 1, gap: false, handled: null, epoch: expect.any(String), principal: 'anonymous', reconnect: 50 },
    })
    const id = await served.hub.publish('price', { value: 7 })
    expect(await socket.block('price')).toEqual({ id, event: 'price', data: { value: 7 } })
  })

  test('packs what is published in one turn into one message', async () => {
    await using served = await Served.start()
    const socket = served.socket()
    await socket.block('holdfast:ready')
    const before = socket.messages.length
    for (let count = 0; count < 100; count += 1) served.hub.publish('tick', count)
    await socket.block('tick', 99)
    expect(socket.messages.length - before).toBe(1)
    expect(eventsOf(socket.blocks).map(([, data]) => data)).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  test('with a query that is a hello resumes after its cursor', async () => {
    await using served = await Served.start()
    const cursor = await served.hub.publish('a', 1)
    await served.hub.publish('b', 2)
    const socket = served.socket(`?cursor=${cursor}`)
    await socket.block('b')
    expect(eventsOf(socket.blocks)).toEqual([['b', 2]])
  })

  test.each([
    ['another server', 'k3f9x2ab.1f'],
    ['nowhere', 'x'.repeat(5_000)],
    ['something with a line in it', 'a\nb'],
  ])('with a cursor from %s hears of the gap and goes on from now', async (_, cursor) => {
    await using served = await Served.start()
    await served.hub.publish('a', 1)
    const socket = served.socket('?hello=frame')
    await socket.block('holdfast:open')
    socket.hello({ cursor })
    const ready = await socket.block('holdfast:ready')
    expect(ready.id).toBe(await served.hub.position())
    expect(ready.data).toMatchObject({ gap: true })
    served.hub.publish('b', 2)
    await socket.block('b')
    expect(eventsOf(socket.blocks)).toEqual([['b', 2]])
  })

  test('may say hello again, for other topics', async () => {
    await using served = await Served.start()
    const socket = served.socket('?topic=one')
    await socket.block('holdfast:ready')
    socket.hello({ hello: 2, topics: ['two'] })
    expect((await socket.block('holdfast:ready', 1)).data).toMatchObject({ hello: 2 })
    served.hub.publish('a', 1, { topic: 'one' })
    served.hub.publish('b', 2, { topic: 'two' })
    await socket.block('b')
    expect(eventsOf(socket.blocks)).toEqual([['b', 2]])
  })

  test('answers a ping at once', async () => {
    await using served = await Served.start()
    const socket = served.socket()
    await socket.block('holdfast:ready')
    socket.say({ holdfast: 'ping' })
    expect(await socket.block('holdfast:pong')).toEqual({ event: 'holdfast:pong', data: {} })
  })

  test('is never silent for longer than its heartbeat, and hears no heartbeat while there is something else', async () => {
    await using served = await Served.start({ heartbeat: 80 })
    const socket = served.socket()
    await socket.block('holdfast:ready')
    await socket.until(({ text }) => text.endsWith(':\n\n:\n\n'))
    const before = socket.text.length
    for (let count = 0; count < 20; count += 1) {
      served.hub.publish('tick', count)
      await socket.block('tick', count)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(socket.text.slice(before)).not.toContain('\n\n:\n\n')
  })

  test('that no longer answers pings is cut off', async () => {
    await using served = await Served.start({ heartbeat: 40 })
    const socket = served.socket()
    await socket.block('holdfast:ready')
    // As a peer whose machine sleeps: the connection stays, nobody reads from it.
    socket.socket.pause()
    const left = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (served.hub.clients.size > 0) return
        clearInterval(look)
        resolve()
      }, 5)
    })
    await left
    socket.socket.terminate()
  })
})

describe('what is wrong is answered with an error block and a close code', () => {
  const hello = (more: Record<string, unknown>) => JSON.stringify({ holdfast: 'hello', hello: 1, version: 1, ...more })
  test.each([
    ['no JSON', '{"holdfast":', 'bad-request', 1008],
    ['no object', '[1]', 'bad-request', 1008],
    ['null', 'null', 'bad-request', 1008],
    ['a kind that is none', '{"holdfast":"dance"}', 'bad-request', 1008],
    ['another version', hello({ version: 2 }), 'unsupported-version', 1008],
    ['a number that is none', hello({ hello: 'one' }), 'bad-request', 1008],
    ['a number below 1', hello({ next: 0 }), 'bad-request', 1008],
    ['a cursor that is no text', hello({ cursor: 7 }), 'bad-request', 1008],
    ['topics that are no array', hello({ topics: 'a' }), 'bad-request', 1008],
    ['too many topics', hello({ topics: Array.from({ length: 101 }, (_, index) => `${index}`) }), 'bad-request', 1008],
    ['a topic too long', hello({ topics: ['x'.repeat(257)] }), 'bad-request', 1008],
    ['an empty topic', hello({ topics: [''] }), 'bad-request', 1008],
    ['a client id that is none', hello({ client: 'short' }), 'bad-request', 1008],
    ['headers that are no object', hello({ headers: [] }), 'bad-request', 1008],
    ['a header name that is none', hello({ headers: { 'A B': '1' } }), 'bad-request', 1008],
    ['a header value with a line in it', hello({ headers: { a: '1\r\nb: 2' } }), 'bad-request', 1008],
    [
      'too many headers',
      hello({ headers: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`x-${index}`, '1'])) }),
      'bad-request',
      1008,
    ],
    ['headers too large', hello({ headers: { a: 'x'.repeat(8_193) } }), 'bad-request', 1008],
    ['too large', hello({ headers: {}, more: 'x'.repeat(65_536) }), 'too-large', 1009],
    ['a ping before the hello', '{"holdfast":"ping"}', 'bad-request', 1008],
    ['too large in bytes, not in characters', hello({ more: 'é'.repeat(40_000) }), 'too-large', 1009],
    [
      'a send before the hello',
      '{"holdfast":"send","client":"abcdefghijklmnop","unacknowledged":1,"messages":[]}',
      'bad-request',
      1008,
    ],
  ])('%s', async (_, message, code, close) => {
    await using served = await Served.start()
    const other = served.socket()
    await other.block('holdfast:ready')
    const socket = served.socket('?hello=frame')
    await socket.block('holdfast:open')
    socket.say(message)
    expect(await socket.closed).toBe(close)
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code })
    expect(socket.blocks.at(-1)?.event).toBe('holdfast:error')
    // The failure of one is nobody else's.
    served.hub.publish('still', 1)
    await other.block('still')
    expect(served.errors).toEqual([])
  })

  test.each([
    ['?holdfast=2', 'unsupported-version'],
    ['?next=x', 'bad-request'],
    ['?unacknowledged=0', 'bad-request'],
    ['?client=short', 'bad-request'],
    [`?${Array.from({ length: 101 }, (_, index) => `topic=${index}`).join('&')}`, 'bad-request'],
  ])('a query %s', async (query, code) => {
    await using served = await Served.start()
    const socket = served.socket(query)
    expect(await socket.closed).toBe(1008)
    expect(socket.blocks.map(({ event }) => event)).toEqual(['holdfast:open', 'holdfast:error'])
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code })
  })

  test('a hello that never comes', async () => {
    await using served = await Served.start({ limits: { helloTimeout: 30 } })
    const socket = served.socket('?hello=frame')
    expect(await socket.closed).toBe(1008)
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code: 'hello-timeout' })
  })

  test('a hello with a number that was used', async () => {
    await using served = await Served.start()
    const socket = served.socket()
    await socket.block('holdfast:ready')
    socket.hello({ hello: 1 })
    expect(await socket.closed).toBe(1008)
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code: 'bad-request' })
  })

  test('a hello that names another client', async () => {
    await using served = await Served.start()
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.hello({ hello: 2, client: 'ponmlkjihgfedcba' })
    expect(await socket.closed).toBe(1008)
  })

  test('a binary message', async () => {
    await using served = await Served.start()
    const socket = served.socket()
    await socket.block('holdfast:ready')
    socket.socket.send(new Uint8Array([1, 2, 3]))
    expect(await socket.closed).toBe(1003)
  })

  test('a message far larger than the limit', async () => {
    await using served = await Served.start({ limits: { messageBytes: 1_000 } })
    const socket = served.socket()
    await socket.block('holdfast:ready')
    socket.say('x'.repeat(100_000))
    expect(await socket.closed).toBe(1009)
  })

  test('too many hellos and pings', async () => {
    await using served = await Served.start({ limits: { controlsPerSecond: 5 } })
    const socket = served.socket()
    await socket.block('holdfast:ready')
    for (let count = 0; count < 10; count += 1) socket.say({ holdfast: 'ping' })
    expect(await socket.closed).toBe(1008)
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code: 'too-many', retryAfter: 1_000 })
    expect(socket.blocks.filter(({ event }) => event === 'holdfast:pong')).toHaveLength(5)
  })
})
