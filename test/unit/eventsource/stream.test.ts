import { beforeEach, expect, test } from 'vitest'
import { pass, random, useFakeTime } from '../../support/fake-time.js'
import { settle, startSource } from './source.js'

useFakeTime()
beforeEach(() => random(0.5))

test('it asks as the standard says', async () => {
  const { server } = startSource()
  await settle()
  const { method, headers, init } = server.requests[0] ?? {}
  expect(method).toBe('GET')
  expect([...(headers ?? [])]).toEqual([['accept', 'text/event-stream']])
  expect(init).toMatchObject({ cache: 'no-store', credentials: 'same-origin' })
  expect(startSource({ withCredentials: true }).source.withCredentials).toBe(true)
})

test('credentials are sent to others where they are asked for', async () => {
  const { server } = startSource({ withCredentials: true })
  await settle()
  expect(server.requests[0]?.init.credentials).toBe('include')
})

test('events have data, origin and the last id', async () => {
  const { source, server } = startSource()
  const heard: unknown[] = []
  const hear = (event: MessageEvent) => heard.push([event.type, event.data, event.lastEventId, event.origin])
  source.onmessage = hear
  source.addEventListener('price', hear)
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write(
    '\uFEFFdata: a\ndata: b\n\nid: 1\nevent: price\ndata: c\n\ndata: d\n\nid\ndata: e\n\ndata: lost',
  )
  server.requests[0]?.end()
  await settle()
  expect(heard).toEqual([
    ['message', 'a\nb', '', 'http://app.test'],
    ['price', 'c', '1', 'http://app.test'],
    ['message', 'd', '1', 'http://app.test'],
    ['message', 'e', '', 'http://app.test'],
  ])
})

test('each event comes in a turn of its own: what awaits one is there for the next', async () => {
  const { source, server } = startSource()
  const heard: string[] = []
  const next = () =>
    new Promise<string>((resolve) => source.addEventListener('message', ({ data }) => resolve(data), { once: true }))
  const all = (async () => {
    for (let count = 0; count < 3; count++) heard.push(await Promise.resolve(next()).then(async (data) => data))
  })()
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write('data: 1\n\ndata: 2\n\ndata: 3\n\n')
  await settle()
  await all
  expect(heard).toEqual(['1', '2', '3'])
})

test('where the stream ends it is taken up again, behind the last event', async () => {
  const { server, heard } = startSource()
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write('id: …\ndata: one\n\n')
  server.requests[0]?.end()
  await settle()
  expect(heard).toEqual(['open 1', 'message one', 'error undefined 0'])
  await pass(2999)
  expect(server.requests).toHaveLength(1)
  await settle(1)
  expect(server.requests[1]?.headers.get('last-event-id')).toBe('\xe2\x80\xa6')
  server.requests[1]?.begin()
  server.requests[1]?.write('data: two\n\n')
  await settle()
  expect(heard.slice(3)).toEqual(['open 1', 'message two'])
})

test('an id moves the place without an event; an unfinished block does not', async () => {
  const { server } = startSource()
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write('retry: 100\nid: 5\n\nid: 6\ndata: unfinished')
  await settle()
  server.requests[0]?.break()
  await settle(100)
  expect(server.requests[1]?.headers.get('last-event-id')).toBe('5')
})

test.each([
  ['retry: 700', 700],
  ['retry: 0', 50],
  ['retry: 99999999999', 3_600_000],
  ['retry: 12x', 3000],
])('%s: the next request after %i ms', async (line, delay) => {
  const { server } = startSource()
  await settle()
  server.requests[0]?.answer(`${line}\n\n`)
  await settle()
  await pass(delay - 1)
  expect(server.requests).toHaveLength(1)
  await settle(1)
  expect(server.requests).toHaveLength(2)
})

test('who finds the server down asks ever more seldom, and as before once it was there', async () => {
  const { server, heard } = startSource()
  let asked = 0
  for (const delay of [3250, 3500, 4000, 5000]) {
    await settle()
    server.requests[asked]?.break()
    await settle()
    // A second request, without CORS, finds nothing either.
    server.requests[asked + 1]?.break()
    asked += 2
    await settle()
    expect(heard.at(-1)).toBe('error network 0')
    await pass(delay - 1)
    expect(server.requests).toHaveLength(asked)
    await settle(1)
    expect(server.requests).toHaveLength(asked + 1)
  }
  server.requests[asked]?.answer('data: there\n\n')
  await settle()
  await settle(3000)
  expect(heard.slice(4)).toEqual(['open 1', 'message there', 'error undefined 0'])
  expect(server.requests).toHaveLength(asked + 2)
})

test.each([
  [204, {}, 'stopped'],
  [205, {}, 'status'],
  [404, {}, 'not-found'],
  [503, {}, 'status'],
  [200, { 'content-type': 'text/x-bogus' }, 'content-type'],
  [200, { 'content-type': 'text/event-streams' }, 'content-type'],
])('%i %o is the end', async (status, headers, code) => {
  const { server, heard } = startSource()
  await settle()
  server.requests[0]?.answer(status === 204 || status === 205 ? null : 'data: x\n\n', {
    status,
    headers: { 'content-type': 'text/event-stream', ...headers },
  })
  await settle(60_000)
  expect(heard).toEqual([`error ${code} 2`])
  expect(server.requests).toHaveLength(1)
})

test.each(['ftp://example.test/', 'about:blank', 'mailto:a@b.test', 'ws://example.test/'])(
  '%s is the end',
  async (url) => {
    const { server, heard } = startSource({}, url)
    await settle(60_000)
    expect(heard).toEqual(['error not-supported 2'])
    expect(server.requests).toHaveLength(0)
  },
)

test('what the browser was told to stop stays stopped', async () => {
  const fetch = () => Promise.reject(new DOMException('stopped', 'AbortError'))
  const { heard } = startSource({ fetch })
  await settle(60_000)
  expect(heard).toEqual(['error network 2'])
})

test('errors are plain events', async () => {
  const { source, server } = startSource()
  const events: Event[] = []
  source.onerror = (event) => events.push(event)
  await settle()
  server.requests[0]?.answer('')
  await settle()
  expect(events[0]).toMatchObject({ bubbles: false, cancelable: false, type: 'error' })
  expect(events[0]).not.toBeInstanceOf(MessageEvent)
})
