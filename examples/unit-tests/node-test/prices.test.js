import './dom.js'
import assert from 'node:assert/strict'
import { after, afterEach, before, mock as nodeMock, test } from 'node:test'
import { mockServer } from 'holdfast/testing'
import { setupServer } from 'msw/node'
import { showPrices } from './prices.js'

const mock = mockServer('/live', { onMessage: ({ data }) => `bought ${data.symbol}` })
const server = setupServer(...mock.handlers)
before(() => server.listen({ onUnhandledFrame: 'error' }))
after(() => server.close())

let close = () => {}
const open = () => {
  close = showPrices(document.body, '/live')
}
const text = () => document.body.textContent

/** Looks again until it is so, as `waitFor` of Testing Library does. */
async function waitFor(check) {
  const end = Date.now() + 4_000
  while (!check() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(check(), `${check} is not so: ${text()}`)
}

afterEach(async () => {
  close()
  nodeMock.timers.reset()
  // Fails where a test has left a connection open.
  await mock.reset()
})

test('shows prices as they come', async () => {
  open()
  await mock.connected('websocket')
  mock.publish('price', { symbol: 'X', value: 7 })
  mock.publish('price', { symbol: 'Y', value: 1 })
  mock.publish('price', { symbol: 'X', value: 8 })
  await waitFor(() => text().includes('X 8Y 1'))
  assert.match(text(), /live by websocket/)
})

test('falls back from a WebSocket that nobody answers, within its head start', async () => {
  nodeMock.timers.enable({ apis: ['setTimeout', 'Date'] })
  mock.hang('websocket')
  open()
  await mock.settled()
  nodeMock.timers.tick(250)
  await mock.settled()
  assert.deepEqual(mock.clients, [])
  nodeMock.timers.tick(100)
  await mock.settled()
  assert.deepEqual(
    mock.clients.map(({ transport }) => transport),
    ['sse'],
  )
  assert.match(text(), /live by sse/)
})

test('says that prices were missed', async () => {
  open()
  await mock.connected()
  assert.ok(document.querySelector('[hidden]'))
  await mock.loseHistory()
  await waitFor(() => document.querySelector('[hidden]') === null)
})

test('comes back after an outage, and misses nothing', async () => {
  open()
  await mock.connected()
  mock.down()
  await waitFor(() => text().includes('reconnecting'))
  mock.publish('price', { symbol: 'X', value: 9 })
  mock.up()
  await waitFor(() => text().includes('X 9'))
  assert.ok(document.querySelector('[hidden]'))
})

test('sends an order, and shows what became of it', async () => {
  open()
  document.querySelector('button').click()
  assert.deepEqual((await mock.received('buy')).data, { symbol: 'X' })
  await waitFor(() => text().includes('bought X'))
})
