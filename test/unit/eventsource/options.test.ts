import { expect, test, vi } from 'vitest'
import { EventSource } from '../../../src/eventsource/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { settle, startSource } from './source.js'

useFakeTime()

test('headers', async () => {
  const { server } = startSource({ headers: { Authorization: 'Bearer 1', Accept: 'text/event-stream;v=2' } })
  await settle()
  expect(Object.fromEntries(server.requests[0]?.headers ?? [])).toEqual({
    accept: 'text/event-stream;v=2',
    authorization: 'Bearer 1',
  })
})

test('a function is asked for headers before each request', async () => {
  let token = 0
  const { server } = startSource({ headers: async () => ({ authorization: `Bearer ${++token}` }) })
  await settle()
  server.requests[0]?.answer('id: 1\ndata: x\n\n')
  await settle(3000)
  expect(server.requests.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer 1', 'Bearer 2'])
  expect(server.requests[1]?.headers.get('last-event-id')).toBe('1')
})

test('a page may begin behind an event that an earlier one heard', async () => {
  const { server } = startSource({ headers: { 'Last-Event-ID': '41' } })
  await settle()
  expect(server.requests[0]?.headers.get('last-event-id')).toBe('41')
  server.requests[0]?.answer('id: 42\ndata: x\n\n')
  await settle(3000)
  expect(server.requests[1]?.headers.get('last-event-id')).toBe('42')
})

test('a headers function that fails is asked again', async () => {
  const headers = vi.fn().mockRejectedValueOnce(new Error('no token')).mockResolvedValue({ authorization: 'Bearer 2' })
  const { server, heard } = startSource({ headers })
  await settle()
  expect(heard).toEqual(['error headers 0'])
  await settle(4000)
  expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer 2')
})

test('what are no headers is said at once', () => {
  expect(() => new EventSource('/events', { headers: { 'no header': 'x' } })).toThrow(TypeError)
})

test.each([true, false])('a POST is made once, whether its stream ends well (%s)', async (well) => {
  const { server, heard } = startSource({
    method: 'POST',
    body: '{"ask":1}',
    headers: { 'content-type': 'application/json' },
  })
  await settle()
  expect(server.requests[0]).toMatchObject({ method: 'POST', init: { body: '{"ask":1}' } })
  server.requests[0]?.begin()
  server.requests[0]?.write('data: one\n\n')
  await settle()
  if (well) server.requests[0]?.end()
  else server.requests[0]?.break()
  await settle(60_000)
  expect(heard).toEqual(['open 1', 'message one', `error ${well ? undefined : 'network'} 2`])
  expect(server.requests).toHaveLength(1)
})

test('a POST that fails is not made again, not even to look whether CORS forbids it', async () => {
  const { server, heard } = startSource({ method: 'POST', body: 'x' })
  await settle()
  server.requests[0]?.break()
  await settle(60_000)
  expect(heard).toEqual(['error network 2'])
  expect(server.requests).toHaveLength(1)
})

test('an own fetch asks in place of the platform’s', async () => {
  const fetch = vi.fn(
    async (_url: string, _init: RequestInit) =>
      new Response('data: own\n\n', { headers: { 'content-type': 'text/event-stream' } }),
  )
  const { server, heard } = startSource({ fetch })
  await settle()
  expect(heard).toEqual(['open 1', 'message own', 'error undefined 0'])
  expect(fetch).toHaveBeenCalledWith('http://app.test/events', expect.objectContaining({ method: 'GET' }))
  expect(server.requests).toHaveLength(0)
})

test('the origin is that of the last redirect', async () => {
  const fetch = async () => {
    const response = new Response('data: x\n\n', { headers: { 'content-type': 'text/event-stream' } })
    return Object.defineProperty(response, 'url', { value: 'https://elsewhere.test/stream' })
  }
  const { source } = startSource({ fetch })
  const origins: string[] = []
  source.onmessage = ({ origin }) => origins.push(origin)
  await settle()
  expect(origins).toEqual(['https://elsewhere.test'])
})
