import { expect, test } from 'vitest'
import { type ConnectOptions, connect, longPoll, plain, sse } from '../../../src/core.js'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const hello = () => blocks.open() + blocks.ready('g.0')

function start(framing: 'message' | 'stream' | 'body', options: Omit<ConnectOptions, 'transports'> = {}) {
  random(0)
  const transport = scripted('it', framing)
  const live = connect('http://app.test/live', { transports: [transport], maxEventSize: 1000, ...options })
  const heard: unknown[] = []
  const errors: unknown[] = []
  live.on('*', ({ id, data }) => heard.push(id ?? data))
  live.onGap(({ position }) => heard.push(`gap ${position}`))
  live.onError(({ code, id }) => errors.push([code, id]))
  return { transport, live, heard, errors }
}
const large = 'x'.repeat(1500)

test('in a message it is skipped, told once, and left behind; the connection goes on', async () => {
  const { transport, live, heard, errors } = start('message')
  await tick()
  transport.run$.say(
    hello(),
    blocks.event('a', 1, 'g.1') + blocks.event('a', large, 'g.2') + blocks.event('a', 3, 'g.3'),
  )
  expect(errors).toEqual([['event-too-large', 'g.2']])
  expect(heard).toEqual(['g.1', 'g.3'])
  expect(live.state).toMatchObject({ status: 'open', lastEventId: 'g.3' })
  live.close()
})

test('the last one of a stream is not fetched again', async () => {
  const { transport, live } = start('stream')
  await tick()
  transport.run$.say(hello(), blocks.event('a', large, 'g.2'))
  expect(live.state.lastEventId).toBe('g.2')
  live.close()
})

test.each([
  ['in one piece after another', (text: string) => text.match(/.{1,100}/gs) ?? []],
  [
    'cut between two line ends',
    (text: string) => text.split(/(?<=1\n)(?=\n)/).flatMap((part) => part.match(/.{1,100}/gs) ?? []),
  ],
  ['character by character', (text: string) => [...text]],
])('fed %s, memory is bounded, the error is told once, and the stream goes on behind it', async (_, cut) => {
  for (const end of ['\n', '\r\n', '\r']) {
    const { transport, live, heard, errors } = start('stream')
    await tick()
    transport.run$.say(hello())
    const text = blocks.event('a', 1, 'g.1') + blocks.event('a', 'x'.repeat(100_000), 'g.2')
    const { run$ } = transport
    for (const piece of cut(text.replaceAll('\n', end))) {
      if (!run$.task.signal.aborted) run$.task.data(piece)
    }
    expect(run$.task.signal.aborted).toBe(true)
    await pass(1)
    expect(errors).toEqual([['event-too-large', 'g.2']])
    expect(new URL(transport.run$.ask.url).searchParams.get('cursor')).toBe('g.2')
    transport.run$.say(blocks.open() + blocks.ready('g.2') + blocks.event('a', 3, 'g.3'))
    expect(heard).toEqual(['g.1', 'g.3'])
    live.close()
  }
})

test('the head of the large one may come with the end of the one before', async () => {
  const { transport, live, errors } = start('stream')
  await tick()
  transport.run$.say(hello())
  transport.run$.say('id: g.1\ndata: 1\n\nid: g.2\ndata: "')
  transport.run$.say(large)
  await pass(1)
  expect(errors).toEqual([['event-too-large', 'g.2']])
  live.close()
})

test('the id may come in pieces', async () => {
  const { transport, live, errors } = start('stream')
  await tick()
  transport.run$.say(hello(), blocks.event('a', 1, 'g.1'))
  for (const piece of ['i', 'd: g', '.2', '2\nda', `ta: ${large}`]) transport.run$.say(piece)
  await pass(1)
  expect(errors).toEqual([['event-too-large', 'g.22']])
  live.close()
})

test('the id may begin at the end of a chunk that is larger than an event may be', async () => {
  const { transport, live, errors } = start('stream')
  await tick()
  const before = Array.from({ length: 20 }, (_, n) => blocks.event('a', 'x'.repeat(100), `g.${n}`)).join('')
  for (const piece of [hello(), `${before}i`, `d: g.20\ndata: ${large}`]) transport.run$.say(piece)
  await pass(1)
  expect(errors).toEqual([['event-too-large', 'g.20']])
  live.close()
})

test('the topic may come between the id and the data, in a chunk of its own', async () => {
  const { transport, live, errors } = start('stream')
  await tick()
  transport.run$.say(hello(), blocks.event('a', 1, 'g.1'))
  for (const piece of ['id: g.2\n', ':topic room\n', `data: ${large}`]) transport.run$.say(piece)
  await pass(1)
  expect(errors).toEqual([['event-too-large', 'g.2']])
  live.close()
})

test.each([
  ['in one chunk', ['id: 2\ndata: ', large, '\n\nid: 3\ndata: 3\n\nid: 4\ndata: 4\n\n'].join('')],
  [
    'whose end comes with what follows',
    `id: 2\ndata: ${'x'.repeat(900)}|${'x'.repeat(200)}\n\nid: 3\ndata: 3\n\nid: 4\ndata: 4|\n\n`,
  ],
  [
    'of two lines, whose end comes with what follows',
    `id: 2\ndata: ${'x'.repeat(600)}\n|data: ${'x'.repeat(600)}\n\nid: 3\ndata: 3\n\nid: 4\ndata: 4|\n\n`,
  ],
])('one %s is skipped, and nothing behind it', async (_, text) => {
  for (const end of ['\n', '\r\n', '\r']) {
    const { transport, live, heard, errors } = start('stream', { protocol: plain(), decode: String })
    await tick()
    for (const piece of ['id: 1\ndata: 1\n\n', ...text.split('|')])
      if (!transport.run$.task.signal.aborted) transport.run$.say(piece.replaceAll('\n', end))
    expect(errors).toEqual([['event-too-large', '2']])
    // Left where it becomes too large before it ends: what follows is asked for anew.
    const left = transport.run$.task.signal.aborted
    expect(heard).toEqual(left ? ['1'] : ['1', '3', '4'])
    expect(live.state.lastEventId).toBe(left ? '2' : '4')
    live.close()
  }
})

test('blocks of which nothing is heard are no large event, however many there are', async () => {
  const { transport, live, heard, errors } = start('stream')
  await tick()
  transport.run$.say(hello())
  for (let times = 0; times < 200; times++) transport.run$.say('retry: 1000\n\n', 'event: nothing\n\n')
  transport.run$.say(blocks.event('a', 1, 'g.1'))
  expect([errors, heard]).toEqual([[], ['g.1']])
  live.close()
})

test('a heartbeat within an event leaves its id and its limit as they are', async () => {
  const { transport, live, errors } = start('stream')
  await tick()
  transport.run$.say(hello(), blocks.event('a', 1, 'g.1'))
  transport.run$.say('id: g.2\ndata: id: g.7')
  const { run$ } = transport
  for (let times = 0; times < 200 && !run$.task.signal.aborted; times++) run$.say('\n:\ndata: xxxxxxxxxx')
  expect(run$.task.signal.aborted).toBe(true)
  expect(errors).toEqual([['event-too-large', 'g.2']])
  live.close()
})

test('an event of many lines is as large as its data, however it is cut', async () => {
  const { transport, live, heard, errors } = start('stream', { decode: String })
  await tick()
  transport.run$.say(hello())
  for (const piece of ['id: g.1\n', ...Array.from({ length: 90 }, () => 'data: 12345\n'), '\n'])
    transport.run$.say(piece)
  expect([errors, heard]).toEqual([[], ['g.1']])
  live.close()
})

test('an id that stands in the data of a large event is not its id', async () => {
  const { transport, live, errors } = start('stream', { protocol: plain() })
  await tick()
  transport.run$.say('id: 1\ndata: a\n\n')
  transport.run$.say(`data: ${'id: 7 '.repeat(300)}`)
  await pass(1)
  expect(errors).toEqual([['event-too-large', undefined]])
  expect(live.state.lastEventId).toBe('1')
  live.close()
})

test('a line that never ends, be it a comment, is bounded as well', async () => {
  for (const text of [':', 'event: ', 'data: ']) {
    const { transport, live, errors } = start('stream')
    await tick()
    transport.run$.say(hello())
    const { run$ } = transport
    for (let size = 0; size < 5000 && !run$.task.signal.aborted; size += 500) run$.say(text + large)
    expect(run$.task.signal.aborted).toBe(true)
    expect(errors).toHaveLength(1)
    live.close()
  }
})

test('many events that together are larger than one may be', async () => {
  const { transport, live, heard, errors } = start('stream')
  await tick()
  transport.run$.say(hello())
  transport.run$.say(Array.from({ length: 100 }, (_, n) => blocks.event('a', 'x'.repeat(100), `g.${n}`)).join(''))
  expect(heard).toHaveLength(100)
  expect(errors).toEqual([])
  live.close()
})

test('exactly maxEventSize passes, one more does not', async () => {
  for (const framing of ['message', 'stream'] as const) {
    const { transport, live, heard, errors } = start(framing, { decode: (data) => `${data}`.length })
    await tick()
    transport.run$.say(hello(), `data: ${'1'.repeat(1000)}\n\n`, `data: ${'1'.repeat(1001)}\n\n`)
    expect(heard).toEqual([1000])
    expect(errors).toHaveLength(1)
    live.close()
  }
})

test('in a poll, the next poll goes on behind it', async () => {
  random(0)
  const server = fakeFetch()
  const live = connect('http://app.test/live', { transports: [longPoll()], maxEventSize: 1000 })
  const errors: unknown[] = []
  live.onError(({ code, id }) => errors.push([code, id]))
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(hello() + blocks.event('a', 1, 'g.1'))
  for (const piece of blocks.event('a', 'x'.repeat(5000), 'g.2').match(/.{1,100}/gs) ?? []) {
    server.requests[0]?.write(piece)
    await tick()
  }
  await pass(100)
  expect(errors).toEqual([['event-too-large', 'g.2']])
  expect(server.requests[1]?.url.searchParams.get('cursor')).toBe('g.2')
  live.close()
})

test('plain: frames, binary ones too, are skipped with an error', async () => {
  const { transport, live, heard, errors } = start('message', { protocol: plain() })
  await tick()
  transport.run$.say('small')
  transport.run$.task.data(large)
  transport.run$.task.data(new ArrayBuffer(1001))
  transport.run$.say('next')
  expect(heard).toEqual(['small', 'next'])
  expect(errors).toEqual([
    ['event-too-large', undefined],
    ['event-too-large', undefined],
  ])
  live.close()
})

test('plain: a poll of JSON that is too large ends that poll, and is not asked for in a busy loop', async () => {
  random(0)
  const server = fakeFetch()
  const live = connect('http://app.test/live', { transports: [longPoll()], protocol: plain(), maxEventSize: 1000 })
  const errors: unknown[] = []
  live.onError(({ code }) => errors.push(code))
  let answered = 0
  for (let turn = 0; turn < 50; turn++) {
    await pass(10)
    for (; answered < server.requests.length; answered++) {
      server.requests[answered]?.answer(`["${large}"]`, { headers: { 'content-type': 'application/json' } })
    }
  }
  expect(errors).toContain('event-too-large')
  expect(server.requests.length).toBeLessThan(20)
  live.close()
})

test('plain SSE without ids: what cannot be left behind ends it, rather than being fetched for ever', async () => {
  const server = fakeFetch()
  random(0)
  const live = connect('http://app.test/live', { transports: [sse()], protocol: plain(), maxEventSize: 1000 })
  const told: unknown[] = []
  live.onError(({ code }) => told.push(code))
  await tick()
  server.requests[0]?.begin()
  server.requests[0]?.write(`data: ${large}`)
  await tick()
  server.requests[0]?.write(large)
  expect(await live.closed).toBe('refused')
  expect(told).toEqual(['event-too-large'])
  await pass(60_000)
  expect(server.requests).toHaveLength(1)
})

test('by default an event may have four megabytes', async () => {
  const { transport, live, heard, errors } = start('message', {
    maxEventSize: undefined,
    decode: (data) => `${data}`.length,
  })
  await tick()
  const most = 4 * 1024 * 1024
  transport.run$.say(hello(), `data: ${'1'.repeat(most)}\n\n`, `data: ${'1'.repeat(most + 1)}\n\n`)
  expect(heard).toEqual([most])
  expect(errors).toEqual([['event-too-large', undefined]])
  live.close()
})
