import { expect, test, vi } from 'vitest'
import { fakeFetch } from '../../support/fake-fetch.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { scripted } from '../../support/scripted-transport.js'
import { connect as connectToAll, core } from './entries.js'

const { connect, longPoll, plain, sse, websocket } = core

useFakeTime()

// Every value here is forbidden by the types: a page without TypeScript may give it all the same.
const bad: [option: RegExp, options: object][] = [
  [/transports/, {}],
  [/transports/, { transports: [] }],
  [/transports/, { transports: [websocket] }],
  [/transports/, { transports: [undefined] }],
  [/transports/, { transports: 'sse' }],
  [/transports/, { transports: [sse({ method: 'POST' }), longPoll()] }],
  [/url/, { transports: [websocket({ url: 'http://[' })] }],
  [/url/, { transports: [sse({ url: 'ftp://app.test' })] }],
  [/protocol/, { protocol: plain }],
  [/protocol/, { protocol: 'plain' }],
  [/headers/, { headers: 'authorization: me' }],
  [/headers/, { headers: 7 }],
  [/headers/, { headers: { 'no header': 'x' } }],
  [/headers/, { headers: { 'x-a': 'line\nbreak' } }],
  [/credentials/, { credentials: 'always' }],
  [/topics/, { topics: 'all' }],
  [/topics/, { topics: [''] }],
  [/topics/, { topics: [7] }],
  [/lastEventId/, { lastEventId: 7 }],
  [/lastEventId/, { lastEventId: null }],
  [/maxEventSize/, { maxEventSize: 0 }],
  [/maxEventSize/, { maxEventSize: Number.NaN }],
  [/maxEventSize/, { maxEventSize: 'big' }],
  [/reconnect/, { reconnect: true }],
  [/reconnect/, { reconnect: null }],
  [/reconnect/, { reconnect: 500 }],
  [/reconnect/, { reconnect: { minDelay: -1 } }],
  [/reconnect/, { reconnect: { maxDelay: Number.NaN } }],
  [/reconnect/, { reconnect: { maxAttempts: '3' } }],
  [/decode/, { decode: 'json' }],
  [/signal/, { signal: true }],
  [/signal/, { signal: {} }],
]

test.each(bad)('%s: a TypeError at once, for %j', async (option, options) => {
  const start = vi.spyOn(globalThis, 'fetch')
  const transports = [scripted('it', 'stream')]
  const given: object = option.source === 'transports' ? options : { transports, ...options }
  let caught: unknown
  try {
    connect('http://app.test/live', given as never)
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(TypeError)
  expect(`${caught}`).toMatch(option)
  await pass(1000)
  expect(transports[0]?.runs).toHaveLength(0)
  expect(start).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

test.each(['http://[', 'ftp://app.test/', 'data:,x', 'mailto:a@b', 'http://'])(
  'the address %s is a TypeError at once',
  (address) => {
    expect(() => connect(address, { transports: [scripted('it', 'stream')] })).toThrow(/url/i)
    expect(vi.getTimerCount()).toBe(0)
  },
)

test.each([{ wait: -1 }, { wait: Number.NaN }, { wait: Number.POSITIVE_INFINITY }, { wait: '5' }])(
  'longPoll(%j) is a TypeError at once',
  (options) => {
    expect(() => connect('/live', { transports: [longPoll(options as never)] })).toThrow(/wait/)
  },
)

test.each([
  { heartbeat: -1 },
  { heartbeat: Number.NaN },
  { pollInterval: -1 },
  { pollInterval: Number.NaN },
  { pollInterval: 'x' },
])('plain(%j) is a TypeError at once', (options) => {
  expect(() => connect('/live', { transports: [sse()], protocol: plain(options as never) })).toThrow(TypeError)
})

test('what is allowed is allowed', async () => {
  fakeFetch()
  const allowed: object[] = [
    { headers: new Headers({ 'x-a': '1' }) },
    { headers: {} },
    { topics: [] },
    { lastEventId: undefined, signal: undefined, decode: undefined, reconnect: undefined, protocol: undefined },
    { reconnect: {} },
    { reconnect: { minDelay: 0, maxDelay: 0, maxAttempts: 1 } },
    { maxEventSize: 1 },
    { maxEventSize: Number.POSITIVE_INFINITY },
    { transports: [scripted('own', 'stream')] },
  ]
  for (const options of allowed) connect('http://app.test/live', { transports: [sse()], ...options }).close()
  connectToAll('/live').close()
  await tick()
})

test('options that are changed afterwards change nothing', async () => {
  const transport = scripted('it', 'stream')
  const topics = ['a']
  const live = connect('http://app.test/live', { transports: [transport], topics })
  topics.push('b')
  await tick()
  expect(new URL(transport.run$.ask.url).searchParams.getAll('topic')).toEqual(['a'])
  live.close()
})
