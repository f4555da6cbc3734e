import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Middlebox, startMiddlebox } from './middlebox.js'
import { type PlainServer, startPlainServer } from './plain-server.js'

// Each fault against a real server, with Node's own WebSocket and fetch. Silence can only be shown by waiting: 150 ms.
const quiet = 150

let server: PlainServer
let box: Middlebox
const opened: { close(): void }[] = []

beforeEach(async () => {
  server = await startPlainServer()
  box = await startMiddlebox(server.url)
})
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  await box.close()
  await server.close()
})

function openSocket() {
  const socket = new WebSocket(`${box.url.replace('http', 'ws')}/socket`)
  opened.push(socket)
  const log: string[] = []
  socket.onopen = () => log.push('open')
  socket.onmessage = (event) => log.push(String(event.data))
  socket.onclose = (event) => log.push(`close ${event.code}`)
  return { socket, log }
}

async function openStream() {
  const abort = new AbortController()
  opened.push({ close: () => abort.abort() })
  const response = await fetch(`${box.url}/sse`, { signal: abort.signal })
  const log: string[] = []
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) log.push(decoder.decode(chunk))
  }
  read().then(
    () => log.push('end'),
    () => log.push('cut'),
  )
  return { response, log, abort }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 3000, interval: 5 })
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('without a fault', () => {
  test('a WebSocket passes both ways, and so does its end', async () => {
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    socket.send('x'.repeat(70_000))
    await until(() => expect(log[2]).toBe(`echo ${'x'.repeat(70_000)}`))
    socket.close(4000)
    await until(() => expect(log[3]).toBe('close 4000'))
    await until(() => expect(server.open.websockets).toBe(0))
  })

  test('a stream passes chunk by chunk, and its end and its abort do', async () => {
    const first = await openStream()
    const second = await openStream()
    server.say('data: 1\n\n')
    await until(() => expect(first.log).toEqual(['data: 1\n\n']))
    second.abort.abort()
    await until(() => expect(server.open.streams).toBe(1))
    server.endStreams()
    await until(() => expect(first.log).toEqual(['data: 1\n\n', 'end']))
  })

  test('counts by kind', async () => {
    openSocket()
    await openStream()
    await fetch(`${box.url}/?carrier=poll`)
    await fetch(box.url, { method: 'POST', body: 'x' })
    await fetch(box.url, { method: 'OPTIONS' })
    await fetch(`${box.url}/page`)
    await until(() => {
      expect(box.counts().requests).toEqual({ websocket: 1, sse: 1, poll: 1, post: 1, preflight: 1, other: 1 })
    })
    expect(box.counts().open).toBeGreaterThan(1)
    box.forget()
    expect(box.counts().requests.websocket).toBe(0)
  })

  test('a server that is down breaks the request, and nothing else', async () => {
    await server.close()
    await expect(fetch(box.url)).rejects.toThrow()
    expect(box.counts().requests.poll).toBe(0)
  })
})

describe('WebSocket', () => {
  test.each([403, 400, 426])('refuses the upgrade with %i', async (status) => {
    box.set({ websocket: { status } })
    const { log } = openSocket()
    await until(() => expect(log).toEqual(['close 1006']))
    const answer = await rawUpgrade()
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(server.open.websockets).toBe(0)
  })

  test('hangs the upgrade', async () => {
    box.set({ websocket: 'hang' })
    const { socket, log } = openSocket()
    await wait(quiet)
    expect(log).toEqual([])
    expect(socket.readyState).toBe(WebSocket.CONNECTING)
    expect(server.open.websockets).toBe(0)
    expect(box.counts().requests.websocket).toBe(1)
  })

  test('swallows what the server says', async () => {
    box.set({ websocket: { swallow: 'down' } })
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open']))
    socket.send('up')
    await until(() => expect(server.heard).toEqual(['up']))
    await wait(quiet)
    expect(log).toEqual(['open'])
  })

  test('swallows what the page says, also on an open socket, and stops to', async () => {
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.set({ websocket: { swallow: 'up' } })
    socket.send('lost')
    server.say('still')
    await until(() => expect(log).toContain('still'))
    await wait(quiet)
    expect(server.heard).toEqual([])
    box.set({ websocket: 'pass' })
    socket.send('found')
    await until(() => expect(log).toContain('echo found'))
    expect(server.heard).toEqual(['found'])
  })

  test('swallows both', async () => {
    box.set({ websocket: { swallow: 'both' } })
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open']))
    socket.send('lost')
    server.say('lost')
    await wait(quiet)
    expect(log).toEqual(['open'])
    expect(server.heard).toEqual([])
  })

  test('cuts after so many frames', async () => {
    box.set({ websocket: { cutAfter: { frames: 3 } } })
    const { log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    for (const word of ['2', '3', '4']) server.say(word)
    await until(() => expect(log).toEqual(['open', 'welcome', '2', '3', 'close 1006']))
    await until(() => expect(server.open.websockets).toBe(0))
  })

  test('cuts after a time, and flaps', async () => {
    for (const fault of [{ cutAfter: { ms: 30 } }, 'flap'] as const) {
      box.set({ websocket: fault })
      const { log } = openSocket()
      await until(() => expect(log).toEqual(['open', 'welcome', 'close 1006']))
    }
  })
})

describe('SSE', () => {
  test('holds the body until its end', async () => {
    box.set({ sse: 'buffer' })
    const { response, log } = await openStream()
    expect(response.status).toBe(200)
    server.say('data: 1\n\n')
    server.say('data: 2\n\n')
    await wait(quiet)
    expect(log).toEqual([])
    server.endStreams()
    await until(() => expect(log).toEqual(['data: 1\n\ndata: 2\n\n', 'end']))
  })

  test('holds the body until a buffer is full', async () => {
    box.set({ sse: { buffer: 10 } })
    const { log } = await openStream()
    server.say('123456')
    await wait(quiet)
    expect(log).toEqual([])
    server.say('789012')
    await until(() => expect(log).toEqual(['1234567890']))
  })

  test('lets only the headers pass', async () => {
    box.set({ sse: 'headers' })
    const { response, log } = await openStream()
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    server.say('data: 1\n\n')
    server.endStreams()
    await wait(quiet)
    expect(log).toEqual([])
  })

  test('cuts after so many bytes, or ms', async () => {
    box.set({ sse: { cutAfter: { bytes: 5 } } })
    const { log } = await openStream()
    server.say('1234567')
    await until(() => expect(log).toEqual(['12345', 'cut']))
    await until(() => expect(server.open.streams).toBe(0))
    box.set({ sse: { cutAfter: { ms: 400 } } })
    const second = await openStream()
    server.say('1234567')
    await until(() => expect(second.log).toEqual(['1234567', 'cut']))
  })

  test('refuses with a status, and spares the polls', async () => {
    box.set({ sse: { status: 503, retryAfter: 2 } })
    const { response } = await openStream()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await (await fetch(`${box.url}/?carrier=poll`)).text()).toBe('polled')
  })
})

describe('long-poll and POST', () => {
  const ask = {
    poll: () => fetch(`${box.url}/?carrier=poll`),
    post: () => fetch(box.url, { method: 'POST', body: 'posted' }),
  }
  const answers = { poll: 'polled', post: 'posted' }

  test.each(['poll', 'post'] as const)('%s: delays, refuses, cuts and hangs', async (kind) => {
    box.set({ [kind]: { delay: 100 } })
    const start = performance.now()
    expect(await (await ask[kind]()).text()).toBe(answers[kind])
    expect(performance.now() - start).toBeGreaterThanOrEqual(99)

    box.set({ [kind]: { status: 429, retryAfter: 3 } })
    const refused = await ask[kind]()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
    expect(await refused.text()).toContain('<html>')

    box.set({ [kind]: { cut: 3 } })
    const cut = await ask[kind]()
    expect(cut.status).toBe(200)
    await expect(cut.text()).rejects.toThrow()

    server.heard.length = 0
    box.set({ [kind]: { cut: 0 } })
    await expect(ask[kind]()).rejects.toThrow()
    // The server has handled what the page had no answer to.
    expect(server.heard).toEqual(kind === 'post' ? ['posted'] : [])

    box.set({ [kind]: 'hang' })
    const answer = await Promise.race([ask[kind]().catch(() => 'broken'), wait(quiet).then(() => 'nothing')])
    expect(answer).toBe('nothing')
  })
})

describe('everything', () => {
  test('delays by the round trip, the handshake of a new connection too, and keeps the order', async () => {
    box.set({ delay: 60 })
    const start = performance.now()
    const { socket, log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    expect(performance.now() - start).toBeGreaterThanOrEqual(119)
    const sent = performance.now()
    for (let i = 0; i < 20; i++) {
      socket.send(String(i))
      if (i === 10) box.set({ delay: 20 })
    }
    await until(() => expect(log).toHaveLength(22))
    expect(log.slice(2)).toEqual(Array.from({ length: 20 }, (_, i) => `echo ${i}`))
    expect(performance.now() - sent).toBeGreaterThanOrEqual(19)
  })

  test.each(['fin', 'rst'] as const)('kills all connections by %s', async (how) => {
    const { log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.kill(how)
    await until(() => expect(log[2]).toBe('close 1006'))
    await until(() => expect(stream.log).toEqual(['cut']))
    await until(() => expect(server.open).toEqual({ websockets: 0, streams: 0 }))
    expect((await fetch(box.url)).status).toBe(200)
  })

  test('kills one kind', async () => {
    const { log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.kill('rst', 'sse')
    await until(() => expect(stream.log).toEqual(['cut']))
    server.say('still')
    await until(() => expect(log).toEqual(['open', 'welcome', 'still']))
  })

  test('lets all bytes vanish: nobody learns of anything', async () => {
    const { socket, log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.hang()
    socket.send('lost')
    server.say('lost')
    const later = openSocket()
    const fetched = fetch(box.url)
    await wait(quiet)
    expect([log, stream.log, later.log]).toEqual([['open', 'welcome'], [], []])
    stream.abort.abort()
    await wait(quiet)
    expect(server.open).toEqual({ websockets: 1, streams: 1 })
    await box.reset()
    server.say('lost too')
    // What was only begun meanwhile gets through now, as TCP would send it again.
    expect((await fetched).status).toBe(200)
    await until(() => expect(later.log).toEqual(['open', 'welcome']))
    expect(log).toEqual(['open', 'welcome'])
  })

  test('is down, refuses connections, and is up again on the same port', async () => {
    const { log } = openSocket()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    const { url } = box
    await box.down()
    await until(() => expect(log[2]).toBe('close 1006'))
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await box.up()
    expect(box.url).toBe(url)
    expect((await fetch(url)).status).toBe(200)
  })
})

/** The first line of what the middlebox says to an upgrade; a WebSocket does not tell its page. */
async function rawUpgrade(): Promise<string> {
  const { connect } = await import('node:net')
  const socket = connect(Number(new URL(box.url).port), '127.0.0.1')
  opened.push({ close: () => socket.destroy() })
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  return new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
}
