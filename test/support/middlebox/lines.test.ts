import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type Faults, type Middlebox, startMiddlebox } from '../middlebox.js'
import { box, opened, openSocket, openStream, quiet, server, setUpMiddlebox, until, wait } from './harness.js'
import { Lane } from './lane.js'

setUpMiddlebox()

describe('a line that is dead in one direction', () => {
  test('up: the page still hears, and nobody hears the page, nor of its end', async () => {
    const { socket, log } = openSocket()
    const stream = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.hang('up')
    socket.send('lost')
    server.say('heard')
    await until(() => expect(log).toEqual(['open', 'welcome', 'heard']))
    await until(() => expect(stream.log).toEqual(['heard']))
    // By a FIN, and by an RST.
    stream.abort.abort()
    await until(() => expect(box.counts().open).toBe(2))
    box.kill('rst')
    await wait(quiet)
    expect(server.heard).toEqual([])
    expect(server.open).toEqual({ websockets: 1, streams: 1 })
  })

  test('down: the server still hears, also of an end; the page hears nothing, nor of an end', async () => {
    const { socket, log } = openSocket()
    const stream = await openStream()
    const other = await openStream()
    await until(() => expect(log).toEqual(['open', 'welcome']))
    box.hang('down')
    socket.send('found')
    await until(() => expect(server.heard).toEqual(['found']))
    stream.abort.abort()
    await until(() => expect(server.open).toEqual({ websockets: 1, streams: 1 }))
    server.endStreams()
    await server.close()
    await wait(quiet)
    expect([log, other.log]).toEqual([['open', 'welcome'], []])
  })

  test('new connections wait in any case, since a handshake needs both directions', async () => {
    box.hang('down')
    const { log } = openSocket()
    await wait(quiet)
    expect(log).toEqual([])
    expect(box.counts().requests.websocket).toBe(0)
    await box.reset()
    await until(() => expect(log).toEqual(['open', 'welcome']))
  })
})

describe('a line on which everything crawls', () => {
  /** What came, and when: each chunk as the page's system hands it out. */
  function ask(text: string): { chunks: { bytes: string; at: number }[] } {
    const socket = connect(Number(new URL(box.url).port), '127.0.0.1')
    opened.push({ close: () => socket.destroy() })
    socket.write(text)
    const chunks: { bytes: string; at: number }[] = []
    socket.on('data', (bytes) => chunks.push({ bytes: String(bytes), at: performance.now() }))
    return { chunks }
  }

  /** A busy machine hands out several at once, late; nothing can come before its bytes have passed one by one. */
  function expectOneByOne(chunks: readonly { bytes: string; at: number }[], start: number, each: number): void {
    let passed = 0
    for (const { bytes, at } of chunks) {
      passed += bytes.length
      expect(at).toBeGreaterThanOrEqual(start + each * passed)
    }
  }

  test('passes single bytes, down and up', async () => {
    box.set({ trickle: 2 })
    const start = performance.now()
    const request = 'GET /?carrier=poll HTTP/1.1\r\nHost: x\r\n\r\n'
    const { chunks } = ask(request)
    await until(() => expect(chunks.map(({ bytes }) => bytes).join('')).toContain('polled'))
    expect(chunks.length).toBeGreaterThan(10)
    expectOneByOne(chunks, start + 2 * (request.length - 2), 2)
  })

  test('hands on each byte by itself, however late', async () => {
    const pieces: string[] = []
    const lane = new Lane(
      () => ({ delay: 0, trickle: 1, bandwidth: 0 }),
      (bytes) => void pieces.push(String(bytes)),
    )
    lane.put(Buffer.from('one by one'))
    await until(() => expect(pieces).toEqual([...'one by one']))
  })

  test('passes single bytes of sse', async () => {
    box.set({ trickle: 1 })
    const start = performance.now()
    const request = 'GET /sse HTTP/1.1\r\nHost: x\r\n\r\n'
    const { chunks } = ask(request)
    const heard = () => chunks.map(({ bytes }) => bytes).join('')
    await until(() => expect(heard()).toContain('\r\n\r\n'))
    server.say('y'.repeat(100))
    await until(() => expect(heard()).toContain('y'.repeat(100)))
    expectOneByOne(chunks, start + request.length - 2, 1)
  })

  test.each(['websocket', 'post'] as const)('passes single bytes of %s', async (kind) => {
    box.set({ trickle: 1 })
    const start = performance.now()
    if (kind === 'post') {
      expect(await (await fetch(box.url, { method: 'POST', body: 'x'.repeat(100) })).text()).toBe('x'.repeat(100))
    } else {
      const { log } = openSocket()
      await until(() => expect(log).toEqual(['open', 'welcome']))
      server.say('y'.repeat(100))
      await until(() => expect(log.join('')).toContain('y'.repeat(100)))
    }
    expect(performance.now() - start).toBeGreaterThanOrEqual(150)
  })

  test('lets so many bytes per second pass down, and all of them up', async () => {
    box.set({ bandwidth: 50_000 })
    const start = performance.now()
    const body = 'x'.repeat(200_000)
    const abort = new AbortController()
    const posted = fetch(box.url, { method: 'POST', body, signal: abort.signal })
    await until(() => expect(server.heard).toEqual([body]))
    // Four seconds, were the way up limited too.
    expect(performance.now() - start).toBeLessThan(2500)
    const answered = performance.now()
    let read = 0
    for await (const bytes of (await posted).body ?? []) {
      read += bytes.length
      if (read > 20_000) break
    }
    abort.abort()
    expect(performance.now() - answered).toBeGreaterThanOrEqual(300)
  })
})

describe('what is held', () => {
  const SIZE = 50_000_000

  /** A server that writes as much as it is allowed to, behind a middlebox of its own. */
  async function startFlood(): Promise<{ flooded: Middlebox; written: () => number }> {
    let written = 0
    const flood = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const block = Buffer.from(`data: ${'x'.repeat(9_992)}\n\n`)
      const more = () => {
        while (written < SIZE) {
          written += block.length
          if (!response.write(block)) return response.once('drain', more)
        }
        return response.end()
      }
      more()
    })
    await new Promise<void>((resolve) => flood.listen(0, '127.0.0.1', resolve))
    const address = flood.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const flooded = await startMiddlebox(`http://127.0.0.1:${address.port}`)
    opened.push({
      close() {
        flooded.close()
        flood.closeAllConnections()
        flood.close()
      },
    })
    return { flooded, written: () => written }
  }

  test.each<[string, Partial<Faults>]>([
    ['a slow line', { bandwidth: 10_000 }],
    ['a page that does not read', {}],
    ['a long line', { delay: 300 }],
  ])('%s makes the server wait', async (what, faults) => {
    const { flooded, written } = await startFlood()
    flooded.set(faults)
    const page = connect(Number(new URL(flooded.url).port), '127.0.0.1')
    opened.push({ close: () => page.destroy() })
    page.write('GET /sse HTTP/1.1\r\nHost: x\r\n\r\n')
    const start = performance.now()
    let read = 0
    if (what !== 'a page that does not read') page.on('data', (bytes) => (read += bytes.length))
    let most = 0
    for (let i = 0; i < 60; i++) {
      await wait(10)
      most = Math.max(most, flooded.counts().queued)
    }
    expect(most).toBeGreaterThan(50_000)
    expect(most).toBeLessThan(400_000)
    // What the system holds on both sides of the middlebox is part of what was written.
    expect(written()).toBeLessThan(SIZE / 2)
    // However long that took.
    const seconds = (performance.now() - start) / 1_000 + 0.2
    if (faults.bandwidth !== undefined) expect(read).toBeLessThan(faults.bandwidth * seconds)
  })

  test('a WebSocket that is not read makes the server wait', async () => {
    box.set({ bandwidth: 10_000 })
    const { log } = openSocket()
    await until(() => expect(log).toContain('open'))
    for (let i = 0; i < 500; i++) server.say('x'.repeat(100_000))
    let most = 0
    for (let i = 0; i < 30; i++) {
      await wait(10)
      most = Math.max(most, box.counts().queued)
    }
    expect(most).toBeGreaterThan(50_000)
    expect(most).toBeLessThan(400_000)
  })

  test('the body of a request that nobody reads makes the page wait', async () => {
    box.set({ post: { delay: 60_000 } })
    const page = connect(Number(new URL(box.url).port), '127.0.0.1')
    opened.push({ close: () => page.destroy() })
    page.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${SIZE}\r\n\r\n`)
    page.write(Buffer.alloc(SIZE))
    await wait(quiet)
    expect(box.counts().queued).toBeGreaterThan(50_000)
    expect(box.counts().queued).toBeLessThan(400_000)
    expect(page.writableLength).toBeGreaterThan(0)
  })
})
