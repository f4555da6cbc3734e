import { expect, onTestFinished, test, vi } from 'vitest'
import { EventSource } from '../../../src/eventsource/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { settle, startSource } from './source.js'

useFakeTime()

test('it has the shape of the platform’s', () => {
  const { source } = startSource({ withCredentials: true })
  for (const owner of [EventSource, EventSource.prototype]) {
    expect([owner.CONNECTING, owner.OPEN, owner.CLOSED]).toEqual([0, 1, 2])
    expect(Object.getOwnPropertyDescriptor(owner, 'OPEN')).toEqual({
      value: 1,
      enumerable: true,
      writable: false,
      configurable: false,
    })
  }
  expect(String(source)).toBe('[object EventSource]')
  expect(EventSource).toHaveLength(1)
  expect(source).toBeInstanceOf(EventTarget)
  const { url, withCredentials, readyState } = source
  expect([url, withCredentials, readyState, source.CLOSED]).toEqual(['http://app.test/events', true, 0, 2])
  const names: string[] = []
  for (const name in source) names.push(name)
  expect(names).toEqual(expect.arrayContaining(['url', 'readyState', 'withCredentials', 'onmessage', 'close', 'OPEN']))
})

test('it takes the place of the platform’s', async () => {
  vi.stubGlobal('EventSource', EventSource)
  const { server } = startSource()
  const old = new globalThis.EventSource('/old', { withCredentials: false })
  onTestFinished(() => old.close())
  const heard: unknown[] = []
  old.onmessage = (event) => heard.push(event.data)
  old.addEventListener('price', (event) => heard.push(JSON.parse(event.data)))
  await settle()
  server.requests[1]?.begin()
  server.requests[1]?.write('data: one\n\nevent: price\ndata: {"value": 7}\n\n')
  await settle()
  expect(heard).toEqual(['one', { value: 7 }])
  expect(old.readyState).toBe(globalThis.EventSource.OPEN)
  expect(old).toBeInstanceOf(globalThis.EventSource)
})

test.each(['http://', 'http://this is invalid/', 'https://a%20b/'])('%s is no URL', (url) => {
  expect(() => new EventSource(url)).toThrow(expect.objectContaining({ name: 'SyntaxError', code: 12 }))
})

test('a URL is required, and may be anything that has a text', async () => {
  const { server } = startSource()
  expect(() => Reflect.construct(EventSource, [])).toThrow(TypeError)
  expect(() => Reflect.apply(EventSource, undefined, ['/events'])).toThrow(TypeError)
  for (const url of [undefined, null, 1, { toString: () => 'said' }, new URL('http://other.test/x')]) {
    const source: EventSource = Reflect.construct(EventSource, [url])
    onTestFinished(() => source.close())
  }
  await settle()
  expect(server.requests.map(({ url }) => url.href).slice(1)).toEqual([
    'http://app.test/undefined',
    'http://app.test/null',
    'http://app.test/1',
    'http://app.test/said',
    'http://other.test/x',
  ])
})

test('relative URLs are relative to the document', () => {
  const base = document.createElement('base')
  base.href = '/deep/below/'
  document.head.append(base)
  onTestFinished(() => base.remove())
  expect(startSource({}, 'events').source.url).toBe(new URL('events', document.baseURI).href)
})

test('handlers are called among the listeners, at the place where they were first set', async () => {
  const { source, server } = startSource()
  const heard: string[] = []
  const say = (name: string) => () => heard.push(name)
  source.onmessage = say('first')
  source.addEventListener('message', say('listener'))
  source.onmessage = say('replaced')
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write('data: 1\n\n')
  await settle()
  expect(heard).toEqual(['replaced', 'listener'])
  source.onmessage = null
  server.requests[0]?.write('data: 2\n\n')
  await settle()
  source.onmessage = say('last')
  server.requests[0]?.write('data: 3\n\n')
  await settle()
  expect(heard.slice(2)).toEqual(['listener', 'listener', 'last'])
})

test('a handler is the function that was set, or null, and its `this` is the source', async () => {
  const { source, server } = startSource()
  expect([source.onopen, source.onmessage, source.onerror]).toEqual([null, null, null])
  let self: unknown
  const handler = function (this: unknown) {
    self = this
  }
  source.onopen = handler
  expect(source.onopen).toBe(handler)
  for (const [given, kept] of [
    ['text', null],
    [7, null],
    [undefined, null],
  ]) {
    Reflect.set(source, 'onerror', given)
    expect(source.onerror).toBe(kept)
  }
  await settle()
  server.requests[0]?.begin()
  await settle()
  expect(self).toBe(source)
})

test('a named event may be called open', async () => {
  const { source, server } = startSource()
  const heard: unknown[] = []
  source.onopen = (event) => heard.push(event instanceof MessageEvent ? event.data : event.type)
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write('event: open\ndata: said\n\n')
  await settle()
  expect(heard).toEqual(['open', 'said'])
})
