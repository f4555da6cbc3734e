import { mockServer } from 'holdfast/testing'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { showPrices } from './prices.js'

const mock = mockServer('/live', { onMessage: ({ data }) => `bought ${data.symbol}` })
const server = setupServer(...mock.handlers)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())

let close = () => {}
const open = () => {
  close = showPrices(document.body, '/live')
}
const text = () => document.body.textContent

afterEach(async () => {
  close()
  vi.useRealTimers()
  // Fails where a test has left a connection open.
  await mock.reset()
})

test('shows prices as they come', async () => {
  open()
  await mock.connected('websocket')
  mock.publish('price', { symbol: 'X', value: 7 })
  mock.publish('price', { symbol: 'Y', value: 1 })
  mock.publish('price', { symbol: 'X', value: 8 })
  await expect.poll(text).toContain('X 8Y 1')
  expect(text()).toContain('live by websocket')
})

test('falls back from a WebSocket that nobody answers, within its head start', async () => {
  vi.useFakeTimers()
  mock.hang('websocket')
  open()
  await vi.advanceTimersByTimeAsync(250)
  expect(mock.clients).toEqual([])
  await vi.advanceTimersByTimeAsync(100)
  await mock.settled()
  expect(mock.clients).toMatchObject([{ transport: 'sse' }])
  expect(text()).toContain('live by sse')
})

test('says that prices were missed', async () => {
  open()
  await mock.connected()
  expect(document.querySelector('[hidden]')).not.toBeNull()
  await mock.loseHistory()
  await expect.poll(() => document.querySelector('[hidden]')).toBeNull()
})

test('comes back after an outage, and misses nothing', async () => {
  open()
  await mock.connected()
  mock.down()
  await expect.poll(text).toContain('reconnecting')
  mock.publish('price', { symbol: 'X', value: 9 })
  mock.up()
  await expect.poll(text, { timeout: 4_000 }).toContain('X 9')
  expect(document.querySelector('[hidden]')).not.toBeNull()
})

test('sends an order, and shows what became of it', async () => {
  open()
  document.querySelector('button').click()
  expect(await mock.received('buy')).toMatchObject({ data: { symbol: 'X' } })
  await expect.poll(text).toContain('bought X')
})
