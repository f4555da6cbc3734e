import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ConnectOptions, connect, longPoll, type PlainOptions, plain, sse, websocket } from '../../../src/index.js'
import type { Make } from '../../support/remote.js'
import { until } from './recorder.js'

const eventStream = { 'content-type': 'text/event-stream' }
const json = { 'content-type': 'application/json' }
const inPage = typeof document !== 'undefined'
/** A header's value is a byte string (Fetch, section 2.2.2): one byte for each character. WebKitGTK writes UTF-8 instead. */
const encodesHeadersTwice = inPage && /AppleWebKit(?!.*Chrome)/.test(navigator.userAgent)
/** The bytes of a text as a header has them. */
const bytesOf = (text: string) => String.fromCharCode(...new TextEncoder().encode(text))

type Options = Omit<ConnectOptions, 'protocol'> & { protocol?: PlainOptions }

/** A connection to a plain server that writes down what it hears: events as [type, data, id], and gaps. */
function listen(url: string, { protocol, ...options }: Options) {
  const live = connect(url, { ...options, protocol: plain(protocol) })
  onTestFinished(() => live.close())
  const heard: unknown[] = []
  live.on('*' as 'message', ({ type, data, id }) => heard.push(id === undefined ? [type, data] : [type, data, id]))
  live.onGap(() => heard.push('gap'))
  return { live, heard }
}

/** Servers that were there before, on another origin than the page. */
export function describePlain(make: Make): void {
  describe('a raw WebSocket', () => {
    test('text and binary frames both ways; a reconnect is a gap', async () => {
      const server = await make('foreignServer')
      const { live, heard } = listen(server.url, {
        transports: [websocket()],
        reconnect: { minDelay: 50, maxDelay: 50 },
      })
      await live.opened
      await server.send('grüß dich')
      await server.send([0, 255, 10])
      await until(() =>
        expect(heard).toEqual([
          ['message', 'grüß dich'],
          ['message', new Uint8Array([0, 255, 10]).buffer],
        ]),
      )
      await live.send('echo €')
      await live.send(new Uint8Array([1, 2]))
      await until(() =>
        expect(heard.slice(2)).toEqual([
          ['message', 'echo €'],
          ['message', new Uint8Array([1, 2]).buffer],
        ]),
      )
      await server.cut()
      await until(() => expect(heard.slice(4)).toEqual(['gap']))
      await live.send('back')
      await until(() => expect(heard.slice(5)).toEqual([['message', 'back']]))
    })
  })

  describe('an SSE stream', () => {
    test('names, ids, comments and retry; after a cut it is asked to go on', async () => {
      const server = await make('foreignServer')
      await server.answer(
        { status: 200, headers: { 'set-cookie': 'seat=12; Path=/' } },
        { headers: eventStream, stream: true },
      )
      await fetch(server.url, { credentials: 'include' })
      // Without the server's `retry:` nobody would see the second request.
      const reconnect = { minDelay: 3_600_000, maxDelay: 3_600_000 }
      const { live, heard } = listen(server.url, { transports: [sse()], reconnect, credentials: 'include' })
      await live.opened
      await server.write(': hello\nretry: 60\n\nevent: price\nid: ü1\ndata: 7\n\ndata: a\ndata: b\n\n')
      await until(() =>
        expect(heard).toEqual([
          ['price', '7', 'ü1'],
          ['message', 'a\nb'],
        ]),
      )
      await server.cut()
      await until(async () => expect(await server.requests()).toHaveLength(3))
      await until(() => expect(live.state.status).toBe('open'))
      await server.write('id: 2\ndata: on\n\n')
      await until(() => expect(heard.slice(2)).toEqual([['message', 'on', '2']]))
      const [, first, second] = await server.requests()
      expect(first?.headers).toMatchObject({ accept: 'text/event-stream', ...(inPage && { cookie: 'seat=12' }) })
      expect(first?.headers).not.toHaveProperty('last-event-id')
      expect(first?.url).toBe('/')
      expect(second?.headers['last-event-id']).toBe(encodesHeadersTwice ? bytesOf(bytesOf('ü1')) : bytesOf('ü1'))
      if (inPage) expect(second?.headers.cookie).toBe('seat=12')
    })

    test.each(['\n', '\r', '\r\n'])('lines that end in %j, cut anywhere, also inside a character', async (end) => {
      const server = await make('foreignServer')
      await server.answer({ headers: eventStream, stream: true })
      const { live, heard } = listen(server.url, { transports: [sse()] })
      await live.opened
      const text = ['id: 1', 'data: 1 € 😀', 'data: 2', '', 'event: x', 'data: 3', '', ''].join(end)
      const bytes = new TextEncoder().encode(text)
      // Inside €, inside 😀, inside the first line's end where it has two bytes, and before the last byte.
      await server.write(text, 6, bytes.indexOf(0xe2) + 1, bytes.indexOf(0xf0) + 2, bytes.length - 1)
      await until(() =>
        expect(heard).toEqual([
          ['message', '1 € 😀\n2', '1'],
          ['x', '3'],
        ]),
      )
    })
  })

  test('a poll: SSE text, JSON array, one value, nothing, and what has not changed', async () => {
    const server = await make('foreignServer')
    await server.answer(
      { headers: eventStream, body: 'id: 1\ndata: text\n\nid: 2\ndata: more\n\n' },
      { headers: json, body: '[{"a":1},"b",3]' },
      { status: 204 },
      { headers: { ...json, etag: '"v1"' }, body: '{"c":4}' },
      { status: 304, headers: { etag: '"v1"' } },
      { headers: { ...json, etag: '"v2"' }, body: '"changed"' },
      { status: 204 },
    )
    const { live, heard } = listen(server.url, { transports: [longPoll()], protocol: { pollInterval: 20 } })
    await until(async () => expect((await server.requests()).length).toBeGreaterThan(7))
    live.close()
    expect(heard).toEqual([
      ['message', 'text', '1'],
      ['message', 'more', '2'],
      ['message', '{"a":1}'],
      ['message', 'b'],
      ['message', '3'],
      ['message', '{"c":4}'],
      ['message', 'changed'],
    ])
    const cursors = (await server.requests()).map(({ headers }) => headers['if-none-match'] ?? headers['last-event-id'])
    expect(cursors.slice(0, 8)).toEqual([undefined, '2', '2', '2', '"v1"', '"v1"', '"v2"', '"v2"'])
  })

  describe('a generated answer', () => {
    const body = JSON.stringify({ stream: true })
    async function ask() {
      const server = await make('foreignServer')
      await server.answer({ headers: eventStream, stream: true })
      const { live } = listen(server.url, {
        transports: [sse({ method: 'POST', body, headers: json })],
        reconnect: false,
      })
      await live.opened
      return { server, words: live.events('message'), live }
    }

    test('is read to its end', async () => {
      const { server, words, live } = await ask()
      const read: unknown[] = []
      const reading = (async () => {
        for await (const item of words) if (item.type === 'message') read.push(item.data)
      })()
      for (const word of ['{"delta":"Hal"}', '{"delta":"lo"}', '[DONE]']) await server.write(`data: ${word}\n\n`)
      await server.end()
      await reading
      expect(read).toEqual(['{"delta":"Hal"}', '{"delta":"lo"}', '[DONE]'])
      expect(await live.closed).toBe('ended')
      expect(await server.requests()).toMatchObject([{ method: 'POST', body, headers: json }])
    })

    test('that is cut is not asked for again', async () => {
      const { server, words, live } = await ask()
      await server.write('data: {"delta":"Hal"}\n\n')
      expect(await words.next()).toMatchObject({ value: { data: '{"delta":"Hal"}' } })
      vi.useFakeTimers({ toFake: ['setTimeout'] })
      onTestFinished(() => void vi.useRealTimers())
      await server.cut()
      expect(await live.closed).toBe('ended')
      // Neither what would wake another connection nor any timer makes it ask again: the next request is the test's own.
      if (inPage) dispatchEvent(new Event('online'))
      vi.advanceTimersByTime(3_600_000)
      await server.answer({})
      await fetch(server.url)
      expect(await server.requests()).toMatchObject([{ method: 'POST' }, { method: 'GET' }])
    })
  })
}
