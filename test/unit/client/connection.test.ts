import { beforeEach, expect, test, vi } from 'vitest'
import { HoldfastError } from '../../../src/core.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, type scripted } from '../../support/scripted-transport.js'
import { hello, start, startOpen } from './starting.js'

useFakeTime()

beforeEach(() => random(0))

test('the state is an immutable snapshot: the same as long as nothing changed', async () => {
  const { sse, live } = start()
  const first = live.state
  expect(live.state).toBe(first)
  expect(first).toEqual({
    status: 'connecting',
    transport: undefined,
    attempt: 0,
    lastEventId: undefined,
    error: undefined,
    reason: undefined,
  })
  expect(Object.isFrozen(first)).toBe(true)
  await tick()
  sse.run$.say(hello())
  const open = live.state
  expect(open).not.toBe(first)
  expect(Object.isFrozen(open)).toBe(true)
  expect(live.state).toBe(open)
  sse.run$.say(':\n\n')
  expect(live.state).toBe(open)
  sse.run$.say(blocks.event('a', 1, 'g.1'))
  expect(live.state).not.toBe(open)
  expect(open.lastEventId).toBe('g.0')
  expect(live.state).toBe(live.state)
  live.close()
})

test('the listener is told the sequence of states, each as live.state has it', async () => {
  const { sse, live } = start()
  const told: unknown[] = []
  live.onStateChange((state) => {
    expect(state).toBe(live.state)
    const { status, transport, attempt, error, reason } = state
    told.push([status, transport, attempt, error?.code, reason])
  })
  await tick()
  sse.run$.say(hello())
  await pass(5000)
  sse.run$.fail(new HoldfastError('network', 'cut'))
  await pass(1)
  sse.run$.say(hello())
  live.close()
  expect(told).toEqual([
    ['connecting', undefined, 1, undefined, undefined],
    ['open', 'sse', 1, undefined, undefined],
    ['open', 'sse', 0, undefined, undefined],
    ['reconnecting', undefined, 0, 'network', undefined],
    ['reconnecting', undefined, 1, 'network', undefined],
    ['open', 'sse', 1, undefined, undefined],
    ['closed', undefined, 1, undefined, 'page'],
  ])
})

test('opened and closed: the promises of the life of a connection', async () => {
  const { sse, live } = start()
  const order: string[] = []
  live.opened.then(() => order.push('opened'))
  live.closed.then((reason) => order.push(`closed ${reason}`))
  await tick()
  expect(order).toEqual([])
  sse.run$.say(hello())
  await tick()
  live.close()
  await tick()
  expect(order).toEqual(['opened', 'closed page'])
})

test('who does not wait for opened is not troubled by its rejection', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const { live } = start()
  live.close()
  await expect(live.closed).resolves.toBe('page')
  vi.useRealTimers()
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
  await expect(live.opened).rejects.toMatchObject({ code: 'closed' })
})

test('closing twice is closing once', async () => {
  const { sse, live } = await startOpen()
  const told: unknown[] = []
  live.onStateChange(({ status }) => told.push(status))
  live.close()
  const state = live.state
  live.close()
  live[Symbol.dispose]()
  expect(told).toEqual(['closed'])
  expect(live.state).toBe(state)
  expect(sse.run$.task.signal.aborted).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})

test('a signal closes', async () => {
  const abort = new AbortController()
  const { sse, live } = await startOpen({ signal: abort.signal })
  abort.abort()
  expect(await live.closed).toBe('page')
  expect(sse.run$.task.signal.aborted).toBe(true)
})

test('a signal that is already aborted: nothing is ever started', async () => {
  const { sse, live } = start({ signal: AbortSignal.abort() })
  expect(live.state).toMatchObject({ status: 'closed', reason: 'page' })
  await pass(1000)
  expect(sse.runs).toHaveLength(0)
  await expect(live.opened).rejects.toMatchObject({ code: 'closed' })
  expect(vi.getTimerCount()).toBe(0)
})

test('a closed connection lets go of its signal and of the page', async () => {
  const { signal } = new AbortController()
  const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
  const [listen, leave] = [vi.spyOn(window, 'addEventListener'), vi.spyOn(window, 'removeEventListener')]
  const [watch, unwatch] = [vi.spyOn(document, 'addEventListener'), vi.spyOn(document, 'removeEventListener')]
  const { live } = await startOpen({ signal })
  live.close()
  expect(remove).toHaveBeenCalledTimes(add.mock.calls.length)
  expect(leave).toHaveBeenCalledTimes(listen.mock.calls.length)
  expect(unwatch).toHaveBeenCalledTimes(watch.mock.calls.length)
})

test('using', async () => {
  let state: () => string
  let sse: ReturnType<typeof scripted>
  {
    const started = await startOpen()
    using live = started.live
    sse = started.sse
    state = () => live.state.status
    expect(state()).toBe('open')
  }
  expect(state()).toBe('closed')
  expect(sse.run$.task.signal.aborted).toBe(true)
})

test.each([
  [
    'state',
    (live: ReturnType<typeof start>['live']) =>
      live.onStateChange(({ status }) => status !== 'connecting' && live.close()),
  ],
  ['gap', (live: ReturnType<typeof start>['live']) => live.onGap(() => live.close())],
  ['error', (live: ReturnType<typeof start>['live']) => live.onError(() => live.close())],
])('a %s listener that closes leaves nothing behind', async (_, listen) => {
  const { sse, live } = start({ lastEventId: 'g.9', headers: () => ({}) })
  listen(live)
  await tick()
  sse.run$.say(blocks.open() + blocks.ready('h.0', { gap: true, expires: 20_000, denied: ['x'] }))
  sse.run$.fail(new Error('cut'))
  await tick()
  expect(live.state.status).toBe('closed')
  expect(vi.getTimerCount()).toBe(0)
  await pass(60_000)
  expect(sse.runs).toHaveLength(1)
})

test('an error in the life of a connection is told to onError once', async () => {
  const { sse, live } = await startOpen()
  const errors: unknown[] = []
  live.onError((error) => errors.push(error))
  const cut = new HoldfastError('network', 'cut')
  sse.run$.fail(cut)
  await tick()
  expect(errors).toEqual([cut])
  live.close()
})

test('what the platform throws becomes a HoldfastError with its cause', async () => {
  const { sse, live } = await startOpen()
  const errors: HoldfastError[] = []
  live.onError((error) => errors.push(error))
  const cause = new TypeError('Load failed')
  sse.run$.fail(cause)
  await tick()
  expect(errors[0]).toBeInstanceOf(HoldfastError)
  expect(errors[0]).toMatchObject({ name: 'HoldfastError', code: 'network', cause })
  live.close()
})
