import { describe, expect, test } from 'vitest'
import { sse, websocket } from '../../src/index.js'
import { Attacked } from './attack.js'
import { closeCode, frame, head, Raw, upgrade } from './raw.js'

const MiB = 1_048_576
const POST = { 'content-type': 'application/json' }

describe('a client that says it slowly', () => {
  // A second is a tenth of one here: one byte every 100 ms, and a hub and a server that have the patience of a second.
  const patience = {
    limits: { helloTimeout: 1_000, stalled: 1_000 },
    server: { headersTimeout: 1_000, requestTimeout: 2_000, connectionsCheckingInterval: 100 },
  }
  const body = JSON.stringify({ holdfast: 'send', client: 'abcdefghijklmnop', unacknowledged: 1, messages: [] })

  test.each([
    ['the head of a request', '', head('GET /live')],
    ['the body of a POST', head('POST /live', { ...POST, 'content-length': `${body.length}` }), body],
    ['a body in chunks', head('POST /live', { ...POST, 'transfer-encoding': 'chunked' }), '1\r\n[\r\n'.repeat(50)],
  ])('%s: 408', async (_, at, slowly) => {
    await using attacked = await Attacked.start(patience)
    const before = await attacked.vitals()
    const all = Array.from({ length: 20 }, () => new Raw(attacked.port))
    for (const raw of all) raw.say(at)
    await Promise.all(all.map((raw) => raw.drips(slowly, 100)))
    await Promise.all(all.map(({ closed }) => closed))
    // A byte that comes after the answer may reset the connection before the answer was read.
    for (const { heard } of all) expect(heard).toMatch(/^(HTTP\/1.1 408|$)/)
    await attacked.isSound(before)
  })

  test('a hello on a WebSocket: hello-timeout', async () => {
    await using attacked = await Attacked.start(patience)
    const before = await attacked.vitals()
    const all = Array.from({ length: 20 }, () => new Raw(attacked.port))
    for (const raw of all) raw.say(upgrade())
    const hello = frame('{"holdfast":"hello","hello":1,"version":1}')
    await Promise.all(all.map((raw) => raw.drips(hello, 100)))
    for (const raw of all) {
      expect(raw.heard).toContain('hello-timeout')
      expect(closeCode(raw)).toBe(1008)
    }
    for (const raw of all) raw.socket.end()
    await attacked.isRidOf(...all)
    await attacked.isSound(before)
  })

  test('nothing at all after a head', async () => {
    await using attacked = await Attacked.start(patience)
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port)
    raw.say(head('POST /live', { ...POST, 'content-length': '100' }))
    await raw.closed
    expect(raw.heard).toMatch(/^HTTP\/1.1 408/)
    expect(raw.heard).toContain('"code":"hello-timeout"')
    await attacked.isSound(before)
  })

  test('half a body, and breaks off', async () => {
    await using attacked = await Attacked.start(patience)
    const before = await attacked.vitals()
    for (let count = 0; count < 20; count += 1) {
      using raw = new Raw(attacked.port)
      raw.say(`${head('POST /live', { ...POST, 'content-length': '100' })}{`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      raw.socket.resetAndDestroy()
      await attacked.isRidOf(raw)
    }
    await attacked.isSound(before)
  })
})

describe('a client that never reads', () => {
  // More than the buffers of both systems take.
  const LARGE = 900_000
  const hub = {
    limits: { queuedBytes: 16 * MiB, stalled: 500, replyBytes: 2 * MiB, recentBytes: 1 },
    heartbeat: 2_000,
    replyBytes: LARGE,
  }

  test.each([
    ['an SSE stream', head('GET /live')],
    ['a WebSocket', upgrade('/live')],
  ])('%s', async (_, what) => {
    await using attacked = await Attacked.start(hub)
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port, { reads: false })
    raw.say(what)
    await attacked.until(({ clients }) => clients >= 3)
    for (let count = 0; count < 30; count += 1) await attacked.publish({ size: LARGE })
    await attacked.publish({ every: 20 })
    await attacked.isRidOf(raw)
    // The history keeps the newest events, within a bound of its own.
    await attacked.isSound(before, 64 * MiB)
  })

  test('the answer to a poll', async () => {
    await using attacked = await Attacked.start(hub)
    const cursor = attacked.position
    for (let count = 0; count < 30; count += 1) await attacked.publish({ size: LARGE })
    await attacked.publish({ every: 20 })
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port, { reads: false })
    raw.say(head(`GET /live?carrier=poll&cursor=${cursor}`))
    await attacked.until(({ ports }) => ports.includes(raw.port))
    await attacked.isRidOf(raw)
    await attacked.isSound(before)
  })

  test('the results of a POST', async () => {
    await using attacked = await Attacked.start(hub)
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port, { reads: false })
    const messages = Array.from({ length: 90 }, (_, index) => ({ number: index + 1, type: 'large' }))
    const body = JSON.stringify({ holdfast: 'send', client: 'abcdefghijklmnop', unacknowledged: 1, next: 1, messages })
    raw.say(head('POST /live', { ...POST, 'content-length': `${body.length}` }) + body)
    await attacked.until(({ handled }) => handled > 20)
    await attacked.isRidOf(raw)
    // The ledger keeps outcomes, within a bound of its own.
    await attacked.isSound(before, 40 * MiB)
  })
})

describe('a crowd', () => {
  test('5,000 sockets that never say anything', async () => {
    await using attacked = await Attacked.start({ server: { headersTimeout: 1_500, connectionsCheckingInterval: 100 } })
    const before = await attacked.vitals()
    const all = Array.from({ length: 5_000 }, () => new Raw(attacked.port))
    await attacked.until(({ ports }) => ports.length > 1_000)
    await Promise.all(all.map(({ closed }) => closed))
    await attacked.isRidOf(...all)
    await attacked.isSound(before)
  })

  test('2,000 WebSockets that never say hello', async () => {
    await using attacked = await Attacked.start({ limits: { helloTimeout: 2_000 } })
    const before = await attacked.vitals()
    const all = Array.from({ length: 2_000 }, () => new Raw(attacked.port))
    for (const raw of all) raw.say(upgrade())
    await attacked.until(({ clients }) => clients > 1_000)
    for (const raw of all) raw.socket.once('end', () => raw.socket.end())
    await Promise.all(all.map(({ closed }) => closed))
    for (const raw of all) expect(raw.heard).toContain('hello-timeout')
    await attacked.isRidOf(...all)
    await attacked.isSound(before)
  })

  test('more than the hub takes', async () => {
    // A long-poll gives its place away after each answer, so it would be one of the crowd.
    await using attacked = await Attacked.start({ limits: { connections: 50 } }, [websocket(), sse()])
    const before = await attacked.vitals()
    const all = Array.from({ length: 300 }, () => new Raw(attacked.port))
    for (const raw of all) raw.say(upgrade('/live'))
    await Promise.all(all.map((raw) => raw.hears('HTTP/1.1 ')))
    const refused = all.filter(({ heard }) => heard.startsWith('HTTP/1.1 503'))
    expect(refused.length).toBeGreaterThanOrEqual(300 - 50)
    for (const raw of all) raw.socket.destroy()
    await attacked.isRidOf(...all)
    await attacked.isSound(before)
  })
})
