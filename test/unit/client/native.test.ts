import { expect, test } from 'vitest'
import { native } from '../../../src/protocols/native.js'
import type { Control, Framing } from '../../../src/seams.js'
import { blocks } from '../../support/scripted-transport.js'

/** What a decoder makes of text: events as [type, data, id] or [type, data, id, topic], all else as its kind. */
function decode(pieces: (string | ArrayBuffer)[], { framing = 'stream' as Framing, maxEventSize = 10_000 } = {}) {
  const told: unknown[] = []
  const decoder = native.decoder(
    framing,
    {
      event: (type, data, id, topic) => told.push(topic === undefined ? [type, data, id] : [type, data, id, topic]),
      control: (control: Control) =>
        told.push(
          'error' in control && control.error ? [control.kind, (control.error as { code: string }).code] : control.kind,
        ),
    },
    maxEventSize,
  )
  for (const piece of pieces) decoder.data(piece)
  return told
}

test('the blocks of PROTOCOL.md', () => {
  const text = [
    blocks.open(),
    blocks.ready('g.0'),
    blocks.event('price', { value: 7 }, 'g.1'),
    ':\n\n',
    'id: g.2\n\n',
    blocks.gap('g.3'),
    blocks.result(1),
    blocks.drain(100),
    blocks.pong(),
  ].join('')
  const expected = ['open', 'ready', ['price', '{"value":7}', 'g.1'], 'cursor', 'gap', 'result', 'drain', 'pong']
  expect(decode([text])).toEqual(expected)
  expect(decode([...text])).toEqual(expected)
  expect(decode([text], { framing: 'message' })).toEqual(expected)
  expect(decode([text], { framing: 'body' })).toEqual(expected)
})

test('padding, comments and unknown fields before open are nothing', () => {
  expect(decode([`:${' '.repeat(2048)}\n\n`, 'foo: bar\n\n', blocks.open()])).toEqual(['open'])
})

test('an event before open is another protocol', () => {
  expect(decode(['data: 1\n\n'])).toEqual([['failed', 'protocol']])
  expect(decode([blocks.ready('g.0')])).toEqual([['failed', 'protocol']])
})

test('an error may be said before open: a server may refuse at once', () => {
  expect(decode([blocks.error('unavailable')])).toEqual([['failed', 'unavailable']])
})

test('types of the protocol that nobody knows yet are ignored', () => {
  expect(
    decode([blocks.open(), 'event: holdfast:news\ndata: not even json\n\n', 'event: holdfast:\ndata: 1\n\n']),
  ).toEqual(['open'])
})

test('malformed JSON of the protocol fails the carrier', () => {
  for (const type of ['open', 'ready', 'gap', 'result', 'drain', 'error']) {
    const told = decode([type === 'open' ? '' : blocks.open(), `event: holdfast:${type}\ndata: {oops\n\n`])
    expect(told.at(-1)).toEqual(['failed', 'malformed'])
  }
})

test.each(['null', '7', '"text"', '[]', 'true'])('%s where an object should be throws nothing', (json) => {
  for (const type of ['open', 'ready', 'gap', 'result', 'drain', 'error']) {
    expect(() => decode([blocks.open(), `event: holdfast:${type}\ndata: ${json}\n\n`])).not.toThrow()
  }
})

test('a binary message before open is another protocol', () => {
  expect(decode([new Uint8Array([1, 2]).buffer], { framing: 'message' })).toEqual([['failed', 'protocol']])
})

test('the parser starts anew with each message', () => {
  expect(decode([blocks.open(), 'id: g.1\ndata: half', blocks.event('a', 1, 'g.2')], { framing: 'message' })).toEqual([
    'open',
    ['a', '1', 'g.2'],
  ])
})

test('a comment in a block tells the topic of that event, and of no other', () => {
  const topical = 'id: g.1\nevent: a\n:topic room: 7\ndata: 1\n\n'
  expect(decode([blocks.open(), `${topical}${blocks.event('a', 2, 'g.2')}`])).toEqual([
    'open',
    ['a', '1', 'g.1', 'room: 7'],
    ['a', '2', 'g.2'],
  ])
  // What a break leaves of a block is no part of the next message.
  expect(decode([blocks.open(), ':topic room\n', blocks.event('a', 1, 'g.1')], { framing: 'message' })).toEqual([
    'open',
    ['a', '1', 'g.1'],
  ])
})

test('many events in one message, each with its own id', () => {
  const message = blocks.event('a', 1, 'g.1') + blocks.event('a', 2) + blocks.event('b', 3, 'g.3')
  expect(decode([blocks.open(), message], { framing: 'message' }).slice(1)).toEqual([
    ['a', '1', 'g.1'],
    ['a', '2', undefined],
    ['b', '3', 'g.3'],
  ])
})

test('a poll starts anew: what an answer did not finish is discarded', () => {
  const told: unknown[] = []
  const decoder = native.decoder(
    'body',
    {
      event: (type, data, id, topic) => told.push(topic === undefined ? [type, data, id] : [type, data, id, topic]),
      control: ({ kind }) => told.push(kind),
    },
    1000,
  )
  decoder.data(`${blocks.open()}id: g.1\ndata: 1\n`)
  decoder.end()
  decoder.data(`${blocks.open()}${blocks.event('a', 2, 'g.2')}`)
  expect(told).toEqual(['open', 'open', ['a', '2', 'g.2']])
})

test('data is the JSON value that was published, or bytes', () => {
  expect(native.decode('{"a":[1,null]}')).toEqual({ a: [1, null] })
  expect(native.decode('"base64:aGk="')).toBe('base64:aGk=')
  expect(native.decode('base64:aGk=')).toEqual(new Uint8Array([104, 105]))
  expect(native.decode('base64:')).toEqual(new Uint8Array())
  expect(() => native.decode('base64:*')).toThrow()
  expect(() => native.decode('{oops')).toThrow()
})

test('an id with a NUL is no id', () => {
  expect(decode([blocks.open(), 'id: g.\0\ndata: 1\n\n']).at(-1)).toEqual(['message', '1', undefined])
})

test.each(['\n', '\r', '\r\n'])('lines may end in %j', (end) => {
  const text = `${blocks.open()}${blocks.event('a', 1, 'g.1')}`.replaceAll('\n', end)
  for (const pieces of [[text], [...text]]) expect(decode(pieces).slice(0, 2)).toEqual(['open', ['a', '1', 'g.1']])
})

test('how the hello is said in a query', () => {
  const hello = {
    number: 1,
    cursor: 'g.ü&1',
    topics: ['a', 'b c'],
    headers: {},
    client: 'client-of-sixteen',
    unacknowledged: 2,
    next: 5,
  }
  const query = (framing: Framing, wait?: number) =>
    Object.entries(
      Object.groupBy(
        [...new URL(native.ask(framing, new URL('http://h/live?own=1'), hello, wait).url).searchParams],
        ([name]) => name,
      ),
    ).map(([name, values]) => [name, values?.map(([, value]) => value).join('|')])
  const common = { cursor: 'g.ü&1', topic: 'a|b c', client: 'client-of-sixteen', unacknowledged: '2', next: '5' }
  expect(Object.fromEntries(query('stream'))).toEqual({ own: '1', holdfast: '1', ...common })
  expect(Object.fromEntries(query('message'))).toEqual({ own: '1', holdfast: '1', ...common })
  expect(Object.fromEntries(query('body', 25_000))).toEqual({
    own: '1',
    holdfast: '1',
    carrier: 'poll',
    wait: '25000',
    ...common,
  })
})

test('what is secret is never said in a query', () => {
  const hello = {
    number: 1,
    cursor: 'c',
    topics: ['t'],
    headers: { authorization: 'hush' },
    client: 'x',
    unacknowledged: 1,
    next: 1,
  }
  for (const framing of ['message', 'stream', 'body'] as const) {
    const { url, headers, frame } = native.ask(framing, new URL('http://h/live'), hello)
    expect(url).not.toContain('hush')
    expect(framing === 'message' ? JSON.parse(frame ?? '').headers : headers).toMatchObject({ authorization: 'hush' })
  }
})

test('an event over maxEventSize in a message is skipped, with its id, and those beside it are heard', () => {
  const message = blocks.event('a', 1, 'g.1') + blocks.event('a', 'x'.repeat(200), 'g.2') + blocks.event('a', 3, 'g.3')
  expect(decode([blocks.open(), message], { framing: 'message', maxEventSize: 100 }).slice(1)).toEqual([
    ['a', '1', 'g.1'],
    ['rejected', 'event-too-large'],
    ['a', '3', 'g.3'],
  ])
})
