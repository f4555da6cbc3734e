import { HttpResponse, http, ws } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

// What the unit tests stand on: happy-dom's document with Node's network, and msw in front of it.
const echo = ws.link('ws://api.test/echo')
const server = setupServer(
  echo.addEventListener('connection', ({ client }) => {
    client.addEventListener('message', (event) => client.send(`echo ${event.data}`))
  }),
  http.get('http://api.test/endless', () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(':\n\n')) })
    return new HttpResponse(body, { headers: { 'content-type': 'text/event-stream' } })
  }),
)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

test('a page is there, and its network is that of the standard', async () => {
  expect(document.visibilityState).toBe('visible')
  expect(location.origin).toBe('http://app.test')
  expect(await navigator.locks.request('lock', () => 'held')).toBe('held')

  const abort = new AbortController()
  const response = await fetch('http://api.test/endless', { signal: abort.signal })
  expect(response.body).toBeInstanceOf(ReadableStream)
  abort.abort()
  await expect(fetch('http://api.test/endless', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' })
})

test('msw answers a WebSocket', async () => {
  const socket = new WebSocket('ws://api.test/echo')
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const answer = new Promise((resolve) => socket.addEventListener('message', (event) => resolve(event.data)))
  socket.send('x')
  expect(await answer).toBe('echo x')
  socket.close()
})
