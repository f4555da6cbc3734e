import { mockServer } from 'holdfast/testing'
import { setupWorker } from 'msw/browser'
import { showPrices } from './prices.js'

const mock = mockServer('/live', { onMessage: ({ data }) => `bought ${data.symbol}` })
await setupWorker(...mock.handlers).start({ onUnhandledFrame: 'bypass' })

showPrices(document.querySelector('main'), '/live')

const faults = {
  websocket: () => mock.block('websocket'),
  sse() {
    mock.buffer('sse')
    mock.cut()
  },
  nothing: () => mock.pass(),
  down: () => mock.down(),
  up: () => mock.up(),
}
for (const button of document.querySelectorAll('[data-fault]'))
  button.addEventListener('click', () => faults[button.dataset.fault]())

let value = 0
setInterval(() => {
  value += 1
  mock.publish('price', { symbol: 'X', value })
  document.querySelector('output').textContent = mock.clients.map(({ transport }) => transport).join(', ') || 'nobody'
}, 200)
