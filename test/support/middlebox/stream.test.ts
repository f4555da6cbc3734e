import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { box, opened, openStream, quiet, server, setUpMiddlebox, until, wait } from './harness.js'

setUpMiddlebox()

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

  test('holds every body until its end', async () => {
    box.set({ body: 'buffer' })
    const { log } = await openStream()
    server.say('data: 1\n\n')
    await wait(quiet)
    expect(log).toEqual([])
    server.endStreams()
    await until(() => expect(log).toEqual(['data: 1\n\n', 'end']))
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
  test('compresses, flushed for every chunk', async () => {
    box.set({ sse: { gzip: 'flush' } })
    const { response, log } = await openStream()
    expect(response.headers.get('content-encoding')).toBe('gzip')
    for (const data of ['data: 1\n\n', 'data: 2\n\n']) {
      server.say(data)
      await until(() => expect(log.at(-1)).toBe(data))
    }
    server.endStreams()
    await until(() => expect(log).toEqual(['data: 1\n\n', 'data: 2\n\n', 'end']))
  })

  test('compresses, held until the compressor has enough', async () => {
    box.set({ sse: { gzip: 'hold' } })
    const { response, log } = await openStream()
    expect(response.headers.get('content-encoding')).toBe('gzip')
    server.say('data: 1\n\n')
    await wait(quiet)
    expect(log).toEqual([])
    const noise = randomBytes(100_000).toString('base64')
    server.say(noise)
    await until(() => expect(log.join('')).toMatch(/^data: 1\n\n/))
    server.endStreams()
    await until(() => expect(log.at(-1)).toBe('end'))
    expect(log.slice(0, -1).join('')).toBe(`data: 1\n\n${noise}`)
  })

  test('does not compress for who cannot read it', async () => {
    box.set({ sse: { gzip: 'flush' } })
    const abort = new AbortController()
    opened.push({ close: () => abort.abort() })
    const response = await fetch(`${box.url}/sse`, { headers: { 'accept-encoding': 'br' }, signal: abort.signal })
    expect(response.headers.get('content-encoding')).toBe(null)
  })
})
