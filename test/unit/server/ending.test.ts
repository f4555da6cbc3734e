import { expect, test, vi } from 'vitest'
import { createHub } from '../../../src/server/index.js'
import { dataOf, readBlocks } from './blocks.js'
import { CLIENT, hear, Served, sendBody } from './served.js'

test('drain asks everybody to leave, takes nobody new, and still handles sends', async () => {
  await using served = await Served.start()
  served.hub.onMessage(() => 'done')
  const socket = served.socket(`?client=${CLIENT}`)
  const stream = hear(await fetch(`${served.url}/live`))
  const poll = fetch(`${served.url}/live?carrier=poll&wait=10000`)
  await Promise.all([socket.block('holdfast:ready'), stream.block('holdfast:ready'), poll])
  let over = false
  const drained = served.hub.drain({ window: 60_000 }).then(() => {
    over = true
  })
  expect((await socket.block('holdfast:drain')).data).toEqual({ window: 60_000 })
  await stream.block('holdfast:drain')
  expect(readBlocks(await (await poll).text()).map(({ event }) => event)).toContain('holdfast:drain')

  const refused = await fetch(`${served.url}/live`)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  const late = served.socket()
  expect(await late.closed).toBe(1013)
  expect(dataOf(late.blocks, 'holdfast:error')).toMatchObject({ code: 'unavailable', retryAfter: 1_000 })

  socket.send([1])
  await socket.block('holdfast:result')
  expect((await fetch(`${served.url}/live`, sendBody([2]))).status).toBe(200)
  expect(over).toBe(false)
  socket.socket.close()
  await stream.cancel()
  await drained
})

test('drain does not wait for longer than its window', async () => {
  await using served = await Served.start()
  const socket = served.socket()
  await socket.block('holdfast:ready')
  await served.hub.drain({ window: 20 })
  expect(served.hub.clients.size).toBe(1)
})

test('close ends everything, with what was published before, and answers no more', async () => {
  await using served = await Served.start()
  const socket = served.socket()
  const stream = hear(await fetch(`${served.url}/live`))
  const poll = await fetch(`${served.url}/live?carrier=poll&wait=10000`)
  await Promise.all([socket.block('holdfast:ready'), stream.block('holdfast:ready')])
  served.hub.publish('last', 1)
  await served.hub.close()
  await served.hub.close()
  expect(await socket.closed).toBe(1012)
  await vi.waitFor(() => expect(stream.over).toBe(true))
  await poll.text()
  expect(socket.text).toContain('event: last')
  expect(stream.text).toContain('event: last')
  expect(served.hub.clients.size).toBe(0)
  expect((await fetch(`${served.url}/live`)).status).toBe(503)
  expect((await fetch(`${served.url}/live`, sendBody([1]))).status).toBe(503)
  expect(await served.socket().refused).toBe(503)
})

test('close does not wait for a client that is no longer there, and leaves no timer', async () => {
  vi.useFakeTimers()
  try {
    const hub = createHub()
    const response = await hub.fetch(new Request('http://app.test/live?carrier=poll&wait=10000'))
    const stream = await hub.fetch(new Request('http://app.test/live'))
    const client = await hub.fetch(new Request(`http://app.test/live?carrier=poll&client=${CLIENT}`))
    await client.text()
    // A handler that never answers: its page sends again, elsewhere.
    hub.onMessage(() => new Promise(() => {}))
    const posted = await hub.fetch(new Request('http://app.test/live', sendBody([1])))
    await hub.close()
    expect(dataOf(readBlocks(await posted.text()), 'holdfast:error')).toMatchObject({ code: 'unavailable' })
    await response.text()
    await stream.body?.cancel()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('disconnect chooses whom, and says why or nothing', async () => {
  await using served = await Served.start({
    authorize: ({ headers }) => ({ principal: headers.get('who') ?? 'nobody' }),
  })
  const ann = served.socket('', { headers: { who: 'ann' } })
  const bob = served.socket('', { headers: { who: 'bob' } })
  await Promise.all([ann.block('holdfast:ready'), bob.block('holdfast:ready')])
  expect(served.hub.disconnect(({ principal }) => principal === 'ann', { code: 'expired' })).toBe(1)
  expect(await ann.closed).toBe(1008)
  expect(dataOf(ann.blocks, 'holdfast:error')).toMatchObject({ code: 'expired' })
  expect(served.hub.disconnect()).toBe(1)
  expect(await bob.closed).toBe(1006)
})

test('the window for reconnecting grows with the number of clients', async () => {
  await using served = await Served.start({ limits: { reconnectsPerSecond: 1 } })
  const windows: unknown[] = []
  for (let count = 0; count < 4; count += 1)
    windows.push(dataOf([await served.socket().block('holdfast:ready')], 'holdfast:ready').reconnect)
  // Those of half a second may come together.
  expect(windows).toEqual([500, 1500, 2500, 3500])
})
