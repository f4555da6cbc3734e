import { expect, test } from 'vitest'
import { type ConnectOptions, connect, plain, sse, websocket } from '../../../src/core.js'
import { type FakeRequest, fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { fakeWebSockets } from '../../support/fake-websocket.js'

useFakeTime()

const address = 'http://app.test/live'

/** A request that must have been made. */
function at(requests: readonly FakeRequest[], index: number): FakeRequest {
  const request = requests[index]
  if (!request) throw new Error(`there were only ${requests.length} requests`)
  return request
}

async function stream(options: Omit<ConnectOptions, 'transports' | 'protocol'> = {}) {
  random(0)
  const server = fakeFetch()
  const live = connect(address, { transports: [sse()], protocol: plain(), ...options })
  const heard: unknown[] = []
  live.on('*' as 'message', ({ type, data, id }) => heard.push([type, data, id]))
  await tick()
  at(server.requests, 0).begin()
  await live.opened
  const write = async (...pieces: (string | Uint8Array<ArrayBuffer>)[]) => {
    for (const piece of pieces) at(server.requests, server.requests.length - 1).write(piece)
    await tick()
    return heard.splice(0)
  }
  return { server, live, heard, write }
}

test('a stream is open when the transport is, before the first event', async () => {
  const { live } = await stream()
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse', lastEventId: undefined })
  live.close()
})

test('data is the text as it came, whatever it looks like', async () => {
  const { live, write } = await stream()
  expect(await write('data: {"a":1}\n\ndata: [DONE]\n\ndata\n\ndata:\ndata: 2\n\n')).toEqual([
    ['message', '{"a":1}', undefined],
    ['message', '[DONE]', undefined],
    ['message', '', undefined],
    ['message', '\n2', undefined],
  ])
  live.close()
})

test('named events, comments, fields that nobody knows', async () => {
  const { live, write } = await stream()
  expect(await write(': hi\nevent: price\nid: 7\nfoo: bar\ndata: x\n\nevent: lonely\n\ndata: y\n\n')).toEqual([
    ['price', 'x', '7'],
    ['message', 'y', undefined],
  ])
  live.close()
})

test('types that begin with holdfast: are types like any other', async () => {
  const { live, write } = await stream()
  expect(await write('event: holdfast:ready\ndata: {}\n\n')).toEqual([['holdfast:ready', '{}', undefined]])
  live.close()
})

test.each(['\n', '\r', '\r\n'])('lines may end in %j, wherever the chunks are cut', async (end) => {
  const text = ['id: 1', 'data: one', 'data: more', '', 'data: two', '', ': end', ''].join(end) + end
  for (const pieces of [[text], [...text]]) {
    const { live, write } = await stream()
    expect(await write(...pieces)).toEqual([
      ['message', 'one\nmore', '1'],
      ['message', 'two', undefined],
    ])
    live.close()
  }
})

test('characters may be cut anywhere', async () => {
  const { live, write } = await stream()
  const bytes = new TextEncoder().encode('data: grüß 世界 😀\n\n')
  expect(await write(...[...bytes].map((byte) => new Uint8Array([byte])))).toEqual([
    ['message', 'grüß 世界 😀', undefined],
  ])
  live.close()
})

test('one byte order mark is stripped', async () => {
  const bom = new Uint8Array([0xef, 0xbb, 0xbf])
  const one = await stream()
  expect(await one.write(bom, 'data: x\n\n')).toEqual([['message', 'x', undefined]])
  one.live.close()
  const two = await stream()
  expect(await two.write(bom, bom, 'data: x\n\ndata: y\n\n')).toEqual([['message', 'y', undefined]])
  two.live.close()
})

test('bytes that are no UTF-8 are replaced', async () => {
  const { live, write } = await stream()
  expect(await write('data: ', new Uint8Array([0xff]), '\n\n')).toEqual([['message', '\ufffd', undefined]])
  live.close()
})

test('the end of the stream discards what is unfinished', async () => {
  const { server, live, heard, write } = await stream()
  await write('id: 1\ndata: a\n\n', 'id: 2\ndata: half\n')
  at(server.requests, 0).end()
  await pass(1)
  expect(heard).toEqual([])
  expect(at(server.requests, 1).headers.get('last-event-id')).toBe('1')
  live.close()
})

test('it goes on with Last-Event-ID, a header; an id with NUL is none, an empty one forgets', async () => {
  const cases: [string, string | null][] = [
    ['id: 7\ndata: x\n\n', '7'],
    ['id: 7\ndata: x\n\nid: 8\0\ndata: y\n\n', '7'],
    ['id: 7\ndata: x\n\nid: 9\n\n', '9'],
    ['id: 7\ndata: x\n\nid:\ndata: y\n\n', null],
    ['data: x\n\n', null],
  ]
  for (const [text, id] of cases) {
    const { server, live, write } = await stream()
    await write(text)
    at(server.requests, 0).end()
    await pass(1)
    expect(at(server.requests, 1).headers.get('last-event-id')).toBe(id)
    expect(at(server.requests, 1).url.href).toBe(address)
    live.close()
  }
})

test('an id that a header cannot hold travels as UTF-8, as EventSource sends it', async () => {
  const { server, live, write } = await stream()
  await write('id: é€\ndata: x\n\n')
  at(server.requests, 0).end()
  await pass(1)
  const sent = at(server.requests, 1).headers.get('last-event-id') ?? ''
  expect(new TextDecoder().decode(Uint8Array.from(sent, (character) => character.charCodeAt(0)))).toBe('é€')
  live.close()
})

test('lastEventId is said in the first request', async () => {
  const { server, live } = await stream({ lastEventId: '41' })
  expect(at(server.requests, 0).headers.get('last-event-id')).toBe('41')
  live.close()
})

test('ids are never used to skip: some servers begin anew with each connection', async () => {
  const { server, live, write } = await stream()
  await write('id: 1\ndata: a\n\n')
  at(server.requests, 0).end()
  await pass(1)
  at(server.requests, 1).begin()
  await tick()
  expect(await write('id: 1\ndata: b\n\n')).toEqual([['message', 'b', '1']])
  live.close()
})

test('the request is an ordinary one: nothing of Holdfast in it', async () => {
  const { server, live } = await stream({ headers: { 'x-own': '1' }, credentials: 'include', topics: ['a'] })
  const { url, headers, init, method } = at(server.requests, 0)
  expect(url.href).toBe(address)
  expect(method).toBe('GET')
  expect([...headers]).toEqual([
    ['accept', 'text/event-stream'],
    ['x-own', '1'],
  ])
  expect(init).toMatchObject({ credentials: 'include', cache: 'no-store' })
  live.close()
})

test('an own resume says the cursor as the server wants it', async () => {
  const { server, live, write } = await stream({
    protocol: plain({ resume: (cursor, url) => url.searchParams.set('since', cursor) }),
  } as object)
  await write('id: 7\ndata: x\n\n')
  at(server.requests, 0).end()
  await pass(1)
  expect(at(server.requests, 1).url.search).toBe('?since=7')
  expect(at(server.requests, 1).headers.get('last-event-id')).toBeNull()
  live.close()
})

test('decode changes what listeners get', async () => {
  const { live, write } = await stream({ decode: (data, { type, id }) => ({ json: JSON.parse(`${data}`), type, id }) })
  expect(await write('id: 1\nevent: a\ndata: [1]\n\n')).toEqual([['a', { json: [1], type: 'a', id: '1' }, '1']])
  live.close()
})

test('a generated answer: POST once, read to its end', async () => {
  const server = fakeFetch()
  const live = connect(address, {
    transports: [sse({ method: 'POST', body: '{"prompt":"hi"}', headers: { 'content-type': 'application/json' } })],
    protocol: plain(),
  })
  const items = live.events()
  await tick()
  const post = at(server.requests, 0)
  expect(post.method).toBe('POST')
  expect(post.headers.get('content-type')).toBe('application/json')
  expect(await new Request(post.url, { method: 'POST', body: post.init.body as string }).text()).toBe('{"prompt":"hi"}')
  post.begin()
  for (const word of ['{"w":"a"}', '{"w":"b"}', '[DONE]']) post.write(`data: ${word}\n\n`)
  post.end()
  await tick()
  const words = []
  for await (const item of items) words.push('data' in item && item.data)
  expect(words).toEqual(['{"w":"a"}', '{"w":"b"}', '[DONE]'])
  expect(live.state).toMatchObject({ status: 'closed', reason: 'ended', error: undefined })
  await pass(60_000)
  expect(server.requests).toHaveLength(1)
})

test('a generated answer that breaks throws where it is read, and is not asked for again', async () => {
  const server = fakeFetch()
  const live = connect(address, { transports: [sse({ method: 'POST', body: 'x' })], protocol: plain() })
  const items = live.events()
  await tick()
  at(server.requests, 0).begin()
  at(server.requests, 0).write('data: a\n\n')
  await tick()
  at(server.requests, 0).break()
  await tick()
  expect((await items.next()).value).toMatchObject({ data: 'a' })
  await expect(items.next()).rejects.toMatchObject({ code: 'network' })
  await pass(60_000)
  expect(server.requests).toHaveLength(1)
})

test('a POST alone is never raced', () => {
  expect(() => connect(address, { transports: [sse({ method: 'POST' }), sse()], protocol: plain() })).toThrow(
    /transports/,
  )
})

test('a WebSocket: text and binary frames are messages', async () => {
  const sockets = fakeWebSockets()
  const live = connect(address, { transports: [websocket()], protocol: plain() })
  const heard: unknown[] = []
  live.on('message', (event) => heard.push(event))
  await tick()
  expect(sockets[0]?.url).toBe('ws://app.test/live')
  expect(sockets[0]?.binaryType).toBe('arraybuffer')
  sockets[0]?.open()
  expect(live.state).toMatchObject({ status: 'open', transport: 'websocket' })
  const bytes = new Uint8Array([1, 2]).buffer
  sockets[0]?.message('data: no stream\n\n')
  sockets[0]?.message('')
  sockets[0]?.message(bytes)
  expect(heard).toEqual([
    { type: 'message', data: 'data: no stream\n\n', id: undefined },
    { type: 'message', data: '', id: undefined },
    { type: 'message', data: bytes, id: undefined },
  ])
  live.close()
})
