import { afterEach, describe, expect, test, vi } from 'vitest'
import { createHub, type HubOptions } from '../../../src/server/index.js'
import { dataOf, eventsOf, readBlocks } from './blocks.js'
import { CLIENT, hear, Served, sendBody } from './served.js'

const URL = 'http://app.test/live'

/** What a hub answers without a server, as in a worker. */
function ask(hub: ReturnType<typeof createHub>, query = '', init: RequestInit = {}): Promise<Response> {
  return hub.fetch(new Request(URL + query, init))
}

async function hubWith(options: HubOptions = {}) {
  const hub = createHub(options)
  hub.onError(() => {})
  return hub
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('SSE', () => {
  test('is a stream that nothing in between keeps or holds back', async () => {
    const hub = await hubWith()
    const response = await ask(hub)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    const stream = hear(response)
    await stream.block('holdfast:ready')
    expect(stream.text).toMatch(/^: {2045}\n\nevent: holdfast:open\n/)
    expect(stream.blocks.map(({ event }) => event)).toEqual(['holdfast:open', 'holdfast:ready'])
    const id = await hub.publish('price', { value: 7 })
    await hub.publish('message', new Uint8Array([1, 2, 255]))
    await stream.block('message')
    expect(stream.text).toContain(`id: ${id}\nevent: price\ndata: {"value":7}\n\n`)
    expect(stream.text).toMatch(/\n\nid: \S+\ndata: base64:AQL\/\n\n$/)
    expect(hub.clients.size).toBe(1)
    await stream.cancel()
    await vi.waitFor(() => expect(hub.clients.size).toBe(0))
  })

  test('the same over a socket, and a client that leaves is noticed', async () => {
    await using served = await Served.start()
    const abort = new AbortController()
    const stream = hear(await fetch(`${served.url}/live?topic=a&topic=b`, { signal: abort.signal }))
    await stream.block('holdfast:ready')
    expect([...served.hub.clients]).toEqual([
      { id: undefined, principal: 'anonymous', transport: 'sse', topics: ['a', 'b'] },
    ])
    abort.abort()
    await vi.waitFor(() => expect(served.hub.clients.size).toBe(0))
    expect(served.errors).toEqual([])
  })

  test('gets heartbeats, and a cursor where all is filtered away', async () => {
    const hub = await hubWith({ heartbeat: 60 })
    const stream = hear(await ask(hub))
    await stream.until(({ text }) => text.endsWith('\n\n:\n\n'))
    const id = await hub.publish('secret', 1, { topic: 'other' })
    await stream.until(({ text }) => text.includes(`\n\nid: ${id}\n\n`))
    await stream.cancel()
  })

  test('works where there is nothing of Node', async () => {
    const hub = await hubWith({ authorize: () => ({ principal: 'me' }) })
    vi.stubGlobal('Buffer', undefined)
    vi.stubGlobal('setImmediate', undefined)
    const stream = hear(await ask(hub))
    await stream.block('holdfast:ready')
    hub.publish('bytes', new Uint8Array([1]))
    expect(await stream.block('bytes')).toMatchObject({ data: 'base64:AQ==' })
    const poll = hear(await ask(hub, '?carrier=poll'))
    await poll.until(({ over }) => over)
    expect(poll.blocks.map(({ event }) => event)).toEqual(['holdfast:open', 'holdfast:ready', 'cursor'])
    await stream.cancel()
  })
})

describe('long-poll', () => {
  const poll = async (hub: ReturnType<typeof createHub>, query = '') =>
    readBlocks(await (await ask(hub, `?carrier=poll${query}`)).text())

  test('without a wait answers at once', async () => {
    const hub = await hubWith()
    const blocks = await poll(hub)
    expect(blocks.map(({ event }) => event)).toEqual(['holdfast:open', 'holdfast:ready', 'cursor'])
    expect(hub.clients.size).toBe(0)
  })

  test('answers with all that there is', async () => {
    const hub = await hubWith()
    const cursor = await hub.publish('first', 0)
    for (let count = 0; count < 2_000; count += 1) hub.publish('tick', count)
    const blocks = await poll(hub, `&cursor=${cursor}&wait=1000`)
    expect(eventsOf(blocks)).toHaveLength(2_000)
  })

  test('waits until there is something, and takes what comes with it', async () => {
    const hub = await hubWith()
    const waiting = hear(await ask(hub, '?carrier=poll&wait=10000'))
    await waiting.block('holdfast:ready')
    for (let count = 0; count < 10; count += 1) hub.publish('tick', count)
    await waiting.until(({ over }) => over)
    expect(eventsOf(waiting.blocks)).toHaveLength(10)
  })

  test('ends with its wait, and moves the cursor over what was filtered away', async () => {
    const hub = await hubWith()
    const waiting = poll(hub, '&wait=50')
    await vi.waitFor(() => expect(hub.clients.size).toBe(1))
    const id = await hub.publish('secret', 1, { topic: 'other' })
    expect((await waiting).at(-1)).toEqual({ id, event: 'cursor' })
  })

  test('ends when the client has left', async () => {
    await using served = await Served.start()
    const abort = new AbortController()
    const asked = fetch(`${served.url}/live?carrier=poll&wait=50000`, { signal: abort.signal })
    await asked
    abort.abort()
    await vi.waitFor(() => expect(served.hub.clients.size).toBe(0))
  })

  test('what is ephemeral is kept from one poll to the next, for a while, and given once', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const hub = await hubWith({ limits: { parked: 60_000 } })
    const client = `&client=${CLIENT}`
    await poll(hub, client)
    hub.publish('now', 1, { ephemeral: true })
    vi.advanceTimersByTime(60_000)
    expect(eventsOf(await poll(hub, client))).toEqual([['now', 1]])
    expect(eventsOf(await poll(hub, client))).toEqual([])
    hub.publish('now', 2, { ephemeral: true })
    vi.advanceTimersByTime(60_001)
    expect(eventsOf(await poll(hub, client))).toEqual([])
    // Nor is it given to somebody new.
    hub.publish('now', 3, { ephemeral: true })
    expect(eventsOf(await poll(hub, '&client=ponmlkjihgfedcba'))).toEqual([])
  })
})

describe('refusals over HTTP', () => {
  test.each([
    ['?holdfast=2', 400, 'unsupported-version'],
    ['?carrier=pigeon', 400, 'bad-request'],
    ['?carrier=poll&wait=soon', 400, 'bad-request'],
    ['?next=-1', 400, 'bad-request'],
    ['?client=no', 400, 'bad-request'],
    ['?hello=frame&next=0', 400, 'bad-request'],
    [`?topic=${'x'.repeat(300)}`, 400, 'bad-request'],
  ])('GET %s', async (query, status, code) => {
    const response = await ask(await hubWith(), query)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ code, message: expect.any(String) })
  })

  test('a method that is none', async () => {
    const response = await ask(await hubWith(), '', { method: 'PUT' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, POST, OPTIONS')
  })

  test.each([
    ['text', { headers: { 'content-type': 'text/plain' } }, 415, 'bad-request'],
    ['no JSON', { body: '{' }, 400, 'bad-request'],
    ['no object', { body: '7' }, 400, 'bad-request'],
    ['no client', { body: '{"messages":[]}' }, 400, 'bad-request'],
    ['no messages', { body: `{"client":"${CLIENT}"}` }, 400, 'bad-request'],
    [
      'a type with a line in it',
      { body: `{"client":"${CLIENT}","messages":[{"number":1,"type":"a\\nb"}]}` },
      400,
      'bad-request',
    ],
    [
      'a type of the protocol',
      { body: `{"client":"${CLIENT}","messages":[{"number":1,"type":"holdfast:x"}]}` },
      400,
      'bad-request',
    ],
    [
      'a number that is none',
      { body: `{"client":"${CLIENT}","messages":[{"number":0,"type":"a"}]}` },
      400,
      'bad-request',
    ],
    [
      'bytes that are none',
      { body: `{"client":"${CLIENT}","messages":[{"number":1,"type":"a","bytes":"*"}]}` },
      400,
      'bad-request',
    ],
    ['too large', { body: `"${'x'.repeat(70_000)}"` }, 413, 'too-large'],
    ['an unknown client', {}, 409, 'unknown-client'],
  ])('POST of %s, the same in memory and over a socket', async (_, init, status, code) => {
    await using served = await Served.start({ allowedOrigins: ['http://page.test'] })
    const base = sendBody([1])
    const given = {
      ...base,
      ...init,
      headers: { ...base.headers, origin: 'http://page.test', ...('headers' in init ? init.headers : {}) },
    }
    for (const response of [await ask(served.hub, '', given), await fetch(`${served.url}/live`, given)]) {
      expect(response.status).toBe(status)
      expect(response.headers.get('access-control-allow-origin')).toBe('http://page.test')
      expect(await response.json()).toMatchObject({ code })
    }
    expect(served.errors).toEqual([])
  })

  test('a body that never ends is not read to its end', async () => {
    const hub = await hubWith()
    let pulled = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(1_000))
      },
    })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' }
    expect((await ask(hub, '', init)).status).toBe(413)
    expect(pulled).toBeLessThan(100)
  })

  test('too many connections, of all and of one principal', async () => {
    const all = await hubWith({ limits: { connections: 1 } })
    await ask(all)
    const full = await ask(all)
    expect(full.status).toBe(503)
    expect(full.headers.get('retry-after')).toBe('5')
    expect(await full.json()).toMatchObject({ code: 'unavailable', retryAfter: 5_000 })

    const authorize = ({ headers }: { headers: Headers }) => ({ principal: headers.get('who') ?? 'nobody' })
    const each = await hubWith({ limits: { connectionsPerPrincipal: 1 }, authorize })
    const first = hear(await ask(each, '', { headers: { who: 'a' } }))
    expect((await ask(each, '', { headers: { who: 'b' } })).status).toBe(200)
    expect((await ask(each, '', { headers: { who: 'a' } })).status).toBe(429)
    await first.cancel()
    await vi.waitFor(() => expect(each.clients.size).toBe(1))
    expect((await ask(each, '', { headers: { who: 'a' } })).status).toBe(200)
    await each.close()
  })
})

describe('origins', () => {
  const from = (origin: string, more: Record<string, string> = {}) => ({
    headers: { host: 'app.test', origin, ...more },
  })

  test('none but its own by default, and loopback is no exception', async () => {
    await using served = await Served.start()
    const own = served.url
    expect((await fetch(`${own}/live?carrier=poll`, { headers: { origin: own } })).status).toBe(200)
    expect((await fetch(`${own}/live?carrier=poll`)).status).toBe(200)
    for (const origin of ['http://evil.test', 'http://127.0.0.1:1', 'http://localhost', 'null', 'nonsense']) {
      const response = await fetch(`${own}/live?carrier=poll`, { headers: { origin } })
      expect(response.status).toBe(403)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect((await fetch(`${own}/live`, { ...sendBody([1]), headers: { origin } })).status).toBe(403)
      expect(await served.socket('', { headers: { origin } }).refused).toBe(403)
    }
    expect(await served.socket('', { headers: { origin: own } }).refused).toBeUndefined()
  })

  test('a default port may be written or not', async () => {
    const hub = await hubWith()
    expect((await ask(hub, '?carrier=poll', from('https://app.test', { host: 'app.test:443' }))).status).toBe(200)
    expect((await ask(hub, '?carrier=poll', from('https://app.test', { host: 'app.test' }))).status).toBe(200)
    expect((await ask(hub, '?carrier=poll', from('https://app.test', { host: 'app.test:80' }))).status).toBe(403)
  })

  test('listed ones may bring credentials and read the answer, refusals too', async () => {
    const hub = await hubWith({ allowedOrigins: ['https://page.test'] })
    for (const query of ['?carrier=poll', '?carrier=pigeon']) {
      const { headers } = await ask(hub, query, from('https://page.test'))
      expect(headers.get('access-control-allow-origin')).toBe('https://page.test')
      expect(headers.get('access-control-allow-credentials')).toBe('true')
      expect(headers.get('access-control-expose-headers')).toBe('Retry-After')
      expect(headers.get('vary')).toBe('Origin')
    }
    expect((await ask(hub, '', from('https://page.test.evil'))).status).toBe(403)
  })

  test("'*' lets everybody in, without what the browser adds by itself", async () => {
    const seen: (string | null)[][] = []
    const authorize = ({ headers }: { headers: Headers }) => {
      seen.push([headers.get('cookie'), headers.get('authorization')])
      return { principal: 'me' }
    }
    await using served = await Served.start({ allowedOrigins: '*', authorize })
    const headers = { origin: 'https://any.test', cookie: 'session=1', authorization: 'Basic x' }
    const response = await fetch(`${served.url}/live?carrier=poll`, { headers })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    const socket = served.socket('?hello=frame', { headers })
    await socket.block('holdfast:open')
    socket.hello({ headers: { authorization: 'Bearer y' } })
    await socket.block('holdfast:ready')
    await fetch(`${served.url}/live?carrier=poll`, { headers: { ...headers, origin: served.url } })
    expect(seen).toEqual([
      [null, 'Basic x'],
      [null, 'Bearer y'],
      ['session=1', 'Basic x'],
    ])
  })

  test('a preflight is answered', async () => {
    const hub = await hubWith({ allowedOrigins: (origin) => origin.endsWith('.page.test') })
    const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-a' }
    const response = await ask(hub, '', { method: 'OPTIONS', ...from('https://a.page.test', asked) })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization,x-a',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-origin': 'https://a.page.test',
      'access-control-expose-headers': 'Retry-After',
      'access-control-max-age': '7200',
      vary: 'Origin, Access-Control-Request-Headers',
    })
    expect((await ask(hub, '', { method: 'OPTIONS', ...from('https://evil.test', asked) })).status).toBe(403)
  })

  test.each([['page.test'], ['https://page.test/'], [7]])('%s is no origin', (origin) => {
    expect(() => createHub({ allowedOrigins: [origin as string] })).toThrow(TypeError)
  })
})

test('the error of a poll that was waiting when its authorization ended', async () => {
  const hub = await hubWith({ authorize: () => ({ principal: 'me', expires: Date.now() + 30 }) })
  const blocks = readBlocks(await (await ask(hub, '?carrier=poll&wait=10000')).text())
  expect(dataOf(blocks, 'holdfast:error')).toMatchObject({ code: 'expired' })
})
