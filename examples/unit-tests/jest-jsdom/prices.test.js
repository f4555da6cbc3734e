import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { mockServer } from 'holdfast/testing'
import { setupServer } from 'msw/node'
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

/** Looks again until it is so, as `waitFor` of Testing Library does. */
async function waitFor(check) {
  const end = Date.now() + 4_000
  for (;;) {
    try {
      return check()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

afterEach(async () => {
  close()
  jest.useRealTimers()
  // Fails where a test has left a connection open.
  await mock.reset()
})

test('shows prices as they come', async () => {
  open()
  await mock.connected('websocket')
  mock.publish('price', { symbol: 'X', value: 7 })
  mock.publish('price', { symbol: 'Y', value: 1 })
  mock.publish('price', { symbol: 'X', value: 8 })
  await waitFor(() => expect(text()).toContain('X 8Y 1'))
  expect(text()).toContain('live by websocket')
})

test('falls back from a WebSocket that nobody answers, within its head start', async () => {
  // A clock without microtasks: nothing that is under way would arrive.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] })
  mock.hang('websocket')
  open()
  await jest.advanceTimersByTimeAsync(250)
  expect(mock.clients).toEqual([])
  await jest.advanceTimersByTimeAsync(100)
  await mock.settled()
  expect(mock.clients).toMatchObject([{ transport: 'sse' }])
  expect(text()).toContain('live by sse')
})

test('says that prices were missed', async () => {
  open()
  await mock.connected()
  expect(document.querySelector('[hidden]')).not.toBeNull()
  await mock.loseHistory()
  await waitFor(() => expect(document.querySelector('[hidden]')).toBeNull())
})

test('comes back after an outage, and misses nothing', async () => {
  open()
  await mock.connected()
  mock.down()
  await waitFor(() => expect(text()).toContain('reconnecting'))
  mock.publish('price', { symbol: 'X', value: 9 })
  mock.up()
  await waitFor(() => expect(text()).toContain('X 9'))
  expect(document.querySelector('[hidden]')).not.toBeNull()
})

test('sends an order, and shows what became of it', async () => {
  open()
  document.querySelector('button').click()
  expect(await mock.received('buy')).toMatchObject({ data: { symbol: 'X' } })
  await waitFor(() => expect(text()).toContain('bought X'))
})
