import { beforeEach, expect, test, vi } from 'vitest'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { hello, start, startOpen } from './starting.js'

useFakeTime()

beforeEach(() => random(0))

test('a listener hears its type, and only that', async () => {
  const { sse, live } = await startOpen()
  const heard: unknown[] = []
  live.on('a', (event) => heard.push(event))
  sse.run$.say(`${blocks.event('a', { x: 1 }, 'g.1') + blocks.event('b', 2, 'g.2')}id: g.3\ndata: 3\n\n`)
  expect(heard).toEqual([{ type: 'a', data: { x: 1 }, id: 'g.1' }])
  live.close()
})

test('an event without a type is a message', async () => {
  const { sse, live } = await startOpen()
  const heard: unknown[] = []
  live.on('message', (event) => heard.push(event))
  sse.run$.say('id: g.3\ndata: [3]\n\n')
  expect(heard).toEqual([{ type: 'message', data: [3], id: 'g.3' }])
  live.close()
})

test("'*' hears every type, after the listeners of the type itself", async () => {
  const { sse, live } = await startOpen()
  const heard: string[] = []
  live.on('*', ({ type }) => heard.push(`* ${type}`))
  live.on('a', () => heard.push('a'))
  sse.run$.say(blocks.event('a', 1, 'g.1') + blocks.event('b', 2, 'g.2'))
  expect(heard).toEqual(['a', '* a', '* b'])
  live.close()
})

test('types that look like properties of objects are types like any other', async () => {
  const { sse, live } = await startOpen()
  const heard: string[] = []
  for (const type of ['__proto__', 'constructor', 'hasOwnProperty']) live.on(type, () => heard.push(type))
  sse.run$.say(blocks.event('__proto__', 1, 'g.1') + blocks.event('constructor', 1, 'g.2'))
  expect(heard).toEqual(['__proto__', 'constructor'])
  live.close()
})

test('a listener goes when it is called off, when its signal aborts, after one event', async () => {
  const { sse, live } = await startOpen()
  const heard: string[] = []
  const abort = new AbortController()
  const off = live.on('a', () => heard.push('off'))
  live.on('a', () => heard.push('signal'), { signal: abort.signal })
  live.on('a', () => heard.push('once'), { once: true })
  live.on('a', () => heard.push('never'), { signal: AbortSignal.abort() })
  sse.run$.say(blocks.event('a', 1, 'g.1'))
  expect(heard.splice(0)).toEqual(['off', 'signal', 'once'])
  off()
  off()
  sse.run$.say(blocks.event('a', 1, 'g.2'))
  expect(heard.splice(0)).toEqual(['signal'])
  abort.abort()
  sse.run$.say(blocks.event('a', 1, 'g.3'))
  expect(heard).toEqual([])
  live.close()
})

test('state, gap and error listeners can be called off in the same ways', async () => {
  const { sse, live } = await startOpen()
  const heard: string[] = []
  const abort = new AbortController()
  const offs = [
    live.onStateChange(() => heard.push('state')),
    live.onGap(() => heard.push('gap')),
    live.onError(() => heard.push('error')),
  ]
  live.onGap(() => heard.push('signal'), { signal: abort.signal })
  live.onGap(() => heard.push('once'), { once: true })
  sse.run$.say(blocks.gap('g.1'))
  expect(heard.splice(0)).toEqual(['gap', 'signal', 'once'])
  abort.abort()
  for (const off of offs) off()
  sse.run$.say(blocks.gap('g.2'))
  sse.run$.fail(new Error('cut'))
  await tick()
  expect(heard).toEqual([])
  live.close()
})

test('a listener that throws is reported, and the others still hear', async () => {
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  const { sse, live } = await startOpen()
  const heard: unknown[] = []
  const mine = new Error('mine')
  const bad = () => {
    throw mine
  }
  live.on('a', bad)
  live.on('a', ({ id }) => heard.push(id))
  live.on('*', bad)
  live.on('*', ({ id }) => heard.push(id))
  sse.run$.say(blocks.event('a', 1, 'g.1') + blocks.event('a', 2, 'g.2'))
  expect(heard).toEqual(['g.1', 'g.1', 'g.2', 'g.2'])
  expect(reported.mock.calls).toEqual([[mine], [mine], [mine], [mine]])
  expect(live.state).toMatchObject({ status: 'open', lastEventId: 'g.2' })
  live.close()
})

test('state, gap and error listeners that throw do no harm', async () => {
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  const { sse, live } = start()
  const bad = () => {
    throw new Error('mine')
  }
  live.onStateChange(bad)
  live.onGap(bad)
  live.onError(bad)
  await tick()
  sse.run$.say(hello(), blocks.gap('g.5'))
  sse.run$.fail(new Error('cut'))
  await pass(1)
  sse.run$.say(blocks.open() + blocks.ready('g.5'))
  expect(live.state).toMatchObject({ status: 'open', lastEventId: 'g.5' })
  expect(reported.mock.calls.length).toBeGreaterThan(4)
  live.close()
})

test('where there is no reportError, what a listener throws is uncaught in a task of its own', async () => {
  vi.stubGlobal('reportError', undefined)
  const { sse, live } = await startOpen()
  live.on('a', () => {
    throw new Error('mine')
  })
  expect(() => sse.run$.say(blocks.event('a', 1, 'g.1'))).not.toThrow()
  expect(() => vi.advanceTimersByTime(0)).toThrow('mine')
  live.close()
})

test('a listener that closes ends the stream with that event', async () => {
  const { sse, live } = await startOpen()
  const heard: unknown[] = []
  live.on('a', ({ id }) => {
    heard.push(id)
    if (id === 'g.2') live.close()
  })
  sse.run$.say(
    blocks.event('a', 1, 'g.1') + blocks.event('a', 2, 'g.2') + blocks.event('a', 3, 'g.3') + blocks.gap('g.4'),
  )
  expect(heard).toEqual(['g.1', 'g.2'])
  expect(live.state).toMatchObject({ status: 'closed', lastEventId: 'g.2' })
})

test('a listener that is added during a dispatch hears from the next event on', async () => {
  const { sse, live } = await startOpen()
  const heard: unknown[] = []
  live.on('a', ({ id }) => {
    if (id === 'g.1') live.on('a', (event) => heard.push(event.id))
  })
  sse.run$.say(blocks.event('a', 1, 'g.1') + blocks.event('a', 2, 'g.2'))
  expect(heard).toEqual(['g.2'])
  live.close()
})

test('a listener that subscribes and sends during a dispatch disturbs nothing', async () => {
  const { sse, live } = await startOpen()
  const heard: unknown[] = []
  live.on('*', ({ id }) => {
    heard.push(id)
    live.subscribe(`room:${id}`)
    live.send('seen', id).catch(() => {})
  })
  sse.run$.say(blocks.event('a', 1, 'g.1') + blocks.event('a', 2, 'g.2'))
  await tick()
  expect(sse.runs).toHaveLength(2)
  expect(new URL(sse.run$.ask.url).searchParams.get('cursor')).toBe('g.2')
  expect(heard).toEqual(['g.1', 'g.2'])
  live.close()
})

test('a listener that is no function is a TypeError at once', () => {
  const { live } = start()
  const none = undefined as unknown as () => void
  expect(() => live.on('a', none)).toThrow(TypeError)
  expect(() => live.onGap(none)).toThrow(TypeError)
  expect(() => live.onError(none)).toThrow(TypeError)
  expect(() => live.onStateChange(none)).toThrow(TypeError)
  live.close()
})

test('data is decoded only where somebody listens', async () => {
  const decode = vi.fn((data) => `decoded ${data}`)
  const { sse, live } = await startOpen({ decode })
  sse.run$.say(blocks.event('nobody', 1, 'g.1'))
  expect(decode).not.toHaveBeenCalled()
  const heard: unknown[] = []
  live.on('a', ({ data }) => heard.push(data))
  live.on('*', ({ data }) => heard.push(data))
  sse.run$.say(blocks.event('a', 1, 'g.2'))
  expect(decode.mock.calls).toEqual([['1', { type: 'a', id: 'g.2' }]])
  expect(heard).toEqual(['decoded 1', 'decoded 1'])
  live.close()
})

test('a decode that throws is an error with the id, and the stream goes on', async () => {
  const cause = new Error('schema')
  const { sse, live } = await startOpen({
    decode: (data) => {
      if (data === '1') throw cause
      return data
    },
  })
  const errors: unknown[] = []
  const heard: unknown[] = []
  live.onError(({ code, id, cause }) => errors.push({ code, id, cause }))
  live.on('a', ({ id }) => heard.push(id))
  sse.run$.say(blocks.event('a', 1, 'g.1') + blocks.event('a', 2, 'g.2'))
  expect(errors).toEqual([{ code: 'decode', id: 'g.1', cause }])
  expect(heard).toEqual(['g.2'])
  live.close()
})
