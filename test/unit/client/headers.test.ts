import { expect, test, vi } from 'vitest'
import { type ConnectOptions, connect } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

const URL = 'http://app.test/live'

function start(headers: unknown, framing: 'stream' | 'message' = 'stream') {
  random(1)
  const transport = scripted('it', framing)
  const live = connect(URL, { transports: [transport], headers: headers as ConnectOptions['headers'] })
  const errors: string[] = []
  live.onError(({ code, cause }) => errors.push(`${code}: ${cause}`))
  return { transport, live, errors }
}

test('an object travels with every request', async () => {
  const { transport, live } = start({ authorization: 'a' })
  await tick()
  expect(transport.run$.ask.headers).toMatchObject({ authorization: 'a' })
  expect(transport.run$.ask.url).not.toContain('authorization')
  expect(transport.run$.task.post().headers).toMatchObject({ authorization: 'a' })
  live.close()
})

test('on a WebSocket they travel in the first message, in lower case, and the URL says only that', async () => {
  const { transport, live } = start({ Authorization: 'Bearer secret', 'X-Tenant': '7' }, 'message')
  await tick()
  const { url, frame } = transport.run$.ask
  expect(new globalThis.URL(url).search).toBe('?hello=frame')
  expect(JSON.parse(frame ?? '')).toMatchObject({
    holdfast: 'hello',
    hello: 1,
    version: 1,
    headers: { authorization: 'Bearer secret', 'x-tenant': '7' },
  })
  live.close()
})

test('without headers a WebSocket says its hello in the URL', async () => {
  const { transport, live } = start(undefined, 'message')
  await tick()
  expect(transport.run$.ask.frame).toBeUndefined()
  const query = new globalThis.URL(transport.run$.ask.url).searchParams
  expect(query.get('holdfast')).toBe('1')
  expect(query.get('client')).toMatch(/^[A-Za-z0-9_-]{16,64}$/)
  live.close()
})

test.each([
  [
    'throws',
    () => {
      throw new Error('no token')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no token'))],
])('a function that %s is an error that is tried again', async (_, headers) => {
  const { transport, live, errors } = start(vi.fn(headers))
  await tick()
  expect(errors).toEqual([expect.stringMatching(/^headers: .*no token/)])
  expect(live.state).toMatchObject({ status: 'connecting', error: { code: 'headers' } })
  expect(transport.runs).toHaveLength(0)
  await pass(600)
  expect(errors.length).toBeGreaterThan(1)
  live.close()
})

test('a function that never answers is given up after ten seconds, and its signal says so', async () => {
  let signal: AbortSignal | undefined
  const { live, errors } = start((context: { signal: AbortSignal }) => {
    signal ??= context.signal
    return new Promise(() => {})
  })
  await pass(9999)
  expect(signal?.aborted).toBe(false)
  expect(errors).toEqual([])
  await pass(1)
  expect(signal?.aborted).toBe(true)
  expect(errors).toEqual([expect.stringMatching(/^headers: /)])
  live.close()
})

test('close() aborts what a headers function does, and leaves no timer', async () => {
  let signal: AbortSignal | undefined
  const { live, errors } = start((context: { signal: AbortSignal }) => {
    signal = context.signal
    return new Promise(() => {})
  })
  await tick()
  live.close()
  expect(signal?.aborted).toBe(true)
  await tick()
  expect(vi.getTimerCount()).toBe(0)
  await pass(20_000)
  expect(errors).toEqual([])
})

test('headers that arrive after close() start nothing', async () => {
  let answer = (_: object) => {}
  const { transport, live } = start(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  await tick()
  live.close()
  answer({})
  await pass(1000)
  expect(transport.runs).toHaveLength(0)
})

test.each([['text'], [7], [null], [['a', 'b']]])(
  'a function that answers with %j is an error, not a request without credentials',
  async (value) => {
    const { transport, live, errors } = start(() => value)
    await tick()
    expect(errors).toEqual([expect.stringMatching(/^headers: /)])
    expect(transport.runs).toHaveLength(0)
    live.close()
  },
)

test('an authorization that expires is renewed half a minute before, by a repeated hello on the WebSocket', async () => {
  let token = 0
  const { transport, live } = start(() => ({ authorization: `token ${++token}` }), 'message')
  await tick()
  transport.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0', { expires: 100_000 }))
  await tick()
  transport.run$.say(blocks.pong())
  await pass(69_998)
  expect(token).toBe(1)
  await pass(3)
  expect(token).toBe(2)
  expect(transport.runs).toHaveLength(1)
  expect(JSON.parse(transport.run$.sent.at(-1) ?? '')).toMatchObject({
    holdfast: 'hello',
    hello: 2,
    cursor: 'g.0',
    headers: { authorization: 'token 2' },
  })
  transport.run$.say(blocks.ready('g.0', { hello: 2 }))
  expect(live.state.status).toBe('open')
  live.close()
})

test.each([
  [4_000, 2_000],
  [10, 1_000],
])('an authorization of %i ms is renewed after %i ms, and never sooner than after a second', async (life, after) => {
  let token = 0
  const { transport, live } = start(() => ({ authorization: `token ${++token}` }), 'message')
  await tick()
  transport.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0', { expires: life }))
  await tick()
  transport.run$.say(blocks.pong())
  await pass(after - 2)
  expect(token).toBe(1)
  await pass(3)
  expect(token).toBe(2)
  live.close()
})

test('over SSE it is renewed by a new request', async () => {
  let token = 0
  const { transport, live } = start(() => ({ authorization: `token ${++token}` }))
  await tick()
  transport.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0', { expires: 20_000 }))
  await pass(9999)
  expect(token).toBe(1)
  await pass(2)
  expect(transport.runs).toHaveLength(2)
  expect(transport.runs[0]?.task.signal.aborted).toBe(true)
  expect(transport.run$.ask.headers).toMatchObject({ authorization: 'token 2' })
  transport.run$.say(blocks.open() + blocks.ready('g.0'))
  expect(live.state.status).toBe('open')
  live.close()
})

test('a renewal that fails is told, and the connection goes on', async () => {
  let token = 0
  const { transport, live, errors } = start(() => {
    if (token++) throw new Error('offline')
    return {}
  })
  await tick()
  transport.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0', { expires: 20_000 }))
  await pass(10_001)
  expect(errors).toEqual([expect.stringMatching(/^headers: .*offline/)])
  expect(live.state.status).toBe('open')
  expect(transport.runs).toHaveLength(1)
  live.close()
})

test('what cannot be renewed is not: headers that are an object', async () => {
  const { transport, live } = start({ authorization: 'fixed' })
  await tick()
  transport.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0', { expires: 1000 }))
  await pass(60_000)
  expect(transport.runs).toHaveLength(1)
  live.close()
})

test.each([1, -5, 'soon', Number.MIN_VALUE])('expires: %j does not make a busy loop of renewals', async (expires) => {
  const headers = vi.fn(() => ({}))
  const { transport, live } = start(headers)
  let answered = 0
  for (let turn = 0; turn < 200; turn++) {
    await pass(5)
    if (transport.runs.length > answered) {
      answered = transport.runs.length
      transport.run$.say(blocks.open() + blocks.ready('g.0', { expires }))
    }
  }
  expect(headers.mock.calls.length).toBeLessThan(20)
  live.close()
})
