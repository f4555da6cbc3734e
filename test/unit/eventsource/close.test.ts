import { expect, onTestFinished, test, vi } from 'vitest'
import { useFakeTime } from '../../support/fake-time.js'
import { settle, startSource } from './source.js'

useFakeTime()

test('closing lets go of the request, of timers and of the page', async () => {
  const added = vi.spyOn(globalThis, 'addEventListener')
  const removed = vi.spyOn(globalThis, 'removeEventListener')
  const { source, server, heard } = startSource()
  await settle()
  server.requests[0]?.begin()
  await settle()
  source.close()
  expect(source.readyState).toBe(2)
  expect(server.requests[0]?.cancelled).toBe(true)
  await settle(60_000)
  expect(heard).toEqual(['open 1'])
  expect(server.requests).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
  expect(added).toHaveBeenCalled()
  expect(removed).toHaveBeenCalledTimes(added.mock.calls.length)
})

test('closing before the answer, and while it waits', async () => {
  const first = startSource()
  await settle()
  first.source.close()
  expect(first.server.requests[0]?.signal?.aborted).toBe(true)
  const second = startSource()
  await settle()
  second.server.requests[0]?.answer('')
  await settle()
  second.source.close()
  await settle(60_000)
  expect(second.server.requests).toHaveLength(1)
  expect(first.heard).toEqual([])
  expect(second.heard).toEqual(['open 1', 'error undefined 0'])
  expect(vi.getTimerCount()).toBe(0)
})

test('who closes in a listener hears nothing more, even of what has arrived', async () => {
  const { source, server, heard } = startSource()
  source.addEventListener('message', () => source.close())
  await settle()
  server.requests[0]?.answer('data: 1\n\ndata: 2\n\n')
  await settle(60_000)
  expect(heard).toEqual(['open 1', 'message 1'])
  expect(server.requests).toHaveLength(1)
})

test('who closes in a listener of the error is not connected again', async () => {
  const { source, server } = startSource()
  source.onerror = () => source.close()
  await settle()
  server.requests[0]?.answer('')
  await settle(60_000)
  expect(server.requests).toHaveLength(1)
  expect(source.readyState).toBe(2)
})

test('a page that was frozen or cached connects again at once', async () => {
  const { server, heard } = startSource()
  await settle()
  server.requests[0]?.begin()
  server.requests[0]?.write('id: 1\ndata: 1\n\n')
  await settle()
  document.dispatchEvent(new Event('resume'))
  await settle()
  expect(server.requests).toHaveLength(2)
  expect(server.requests[0]?.cancelled).toBe(true)
  expect(server.requests[1]?.headers.get('last-event-id')).toBe('1')
  server.requests[1]?.begin()
  await settle()
  globalThis.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  await settle()
  expect(server.requests).toHaveLength(3)
  expect(heard).toEqual(['open 1', 'message 1', 'error network 0', 'open 1', 'error network 0'])
})

test('a page that is thawed in the midst of a large chunk goes on behind what it has heard', async () => {
  let thaw = () => {}
  // Until the page has heard the first piece, it has no other turn.
  vi.stubGlobal('scheduler', { yield: () => new Promise<void>((resolve) => (thaw = resolve)) })
  onTestFinished(() => void vi.unstubAllGlobals())
  const { server, heard } = startSource()
  await settle()
  server.requests[0]?.begin()
  const data = 'x'.repeat(1_000)
  const events = Array.from({ length: 500 }, (_, index) => `id: ${index + 1}\ndata: ${data}\n\n`)
  server.requests[0]?.write(events.join(''))
  await settle()
  const messages = () => heard.filter((what) => what.startsWith('message')).length
  const before = messages()
  expect(before).toBeGreaterThan(50)
  expect(before).toBeLessThan(200)
  document.dispatchEvent(new Event('resume'))
  for (let piece = 0; piece < 6; piece++) {
    thaw()
    await settle()
  }
  expect(messages()).toBe(before)
  expect(server.requests[1]?.headers.get('last-event-id')).toBe(`${before}`)
})
