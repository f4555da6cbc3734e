// Puts the page together: the connection in the middle, a view for each thing there is to see.

import { accidents, showActions } from './actions.js'
import { drawChart } from './chart.js'
import { showChat } from './chat.js'
import { showComparison } from './comparison-panel.js'
import { byId, element } from './element.js'
import { showFacts } from './facts.js'
import { lightLane, showGates } from './gates.js'
import { connect, tabs } from './holdfast.js'
import { createLatency } from './latency.js'
import { createLedger } from './ledger.js'
import { createRoster } from './roster.js'
import { createSeries } from './series.js'
import { showStatus } from './status.js'
import { tabActions } from './tab-actions.js'
import { showTabs } from './tabs-panel.js'
import { drawTimeline } from './timeline.js'
import { createToken } from './token.js'

const series = createSeries()
const ledger = createLedger()

// The state of things first, then the stream from exactly there: nothing between the two is missed or seen twice.
const start = await fetchState()
const token = createToken()
// Everybody may see the prices, and all tabs of a visitor are the same visitor: there is nobody to tell apart.
const share = tabs({ identity: null })
const live = connect('/live', { share, lastEventId: start.position, headers: token.headers })
live.onError(token.refused)

const latency = createLatency(() => live)
const say = showStatus({
  heading: byId('live-title'),
  transport: byId('transport'),
  status: byId('status'),
  problem: byId('problem'),
  announcement: byId('announcement'),
})
const drawFacts = showFacts(byId('facts'))
const drawTabs = showTabs({ role: byId('tab-role'), summary: byId('tabs-summary'), list: byId('tabs') })
const roster = createRoster(() => {
  const { role, status, transport } = live.state
  const { events, lost, twice: doubled } = ledger.books
  return { role, status, transport, events, lost, doubled }
})
const chat = showChat({ list: byId('chat-lines'), form: byId('chat-form'), connection: live })
const complain = (error) => {
  byId('problem').hidden = false
  byId('problem').textContent = error.message
}

for (const price of start.prices) series.add(price)
for (const line of start.lines) chat.receive(line)
ledger.expect(start.nextNumber)

live.on('*', () => {
  ledger.books.events += 1
})
live.on('price', ({ data }) => {
  ledger.price(data)
  series.add(data)
  latency.event(data.at)
})
live.on('chat', ({ data }) => chat.receive(data))
let connections
live.on('connections', ({ data }) => {
  connections = data.count
})
live.onGap(async () => {
  ledger.gap()
  series.gap()
  // Prices come anew by themselves; lines that were said meanwhile have to be asked for.
  for (const line of (await fetchState()).lines) chat.receive(line)
})

let carrier
function onState(state) {
  say(state)
  roster.changed()
  const transport = state.status === 'open' ? state.transport : undefined
  lightLane(byId('lanes'), transport)
  if (transport === carrier) return
  carrier = transport
  series.transport(transport, latency.serverTime())
  if (transport) latency.restart()
}
live.onStateChange(onState)
onState(live.state)

drawChart(byId('chart'), series, latency.serverTime)
showActions(byId('actions'), accidents, complain)
showActions(byId('tab-actions'), tabActions, complain)
showComparison({
  place: byId('comparison-groups'),
  button: byId('comparison-button'),
  progress: byId('comparison-progress'),
})
showGates(byId('lanes'), complain)
  .then(() => lightLane(byId('lanes'), carrier))
  .catch(complain)

// What scrolls must be reachable by keyboard; not every browser sees to that.
for (const id of ['timeline', 'chat-lines', 'tabs']) byId(id).tabIndex = 0

const legend = new Map()
for (const symbol of series.points.keys()) {
  const value = element('span', { class: 'figure' })
  legend.set(symbol, value)
  byId('legend').append(element('li', {}, `${symbol} `, value))
}

setInterval(() => {
  drawFacts({ books: ledger.books, latency, state: live.state })
  drawTabs(roster.all(), live.state.status === 'open' ? connections : undefined)
  drawTimeline(
    { part: byId('part'), list: byId('timeline'), remembered: byId('remembered'), asText: byId('as-text') },
    live.explain(),
  )
  for (const [symbol, value] of legend) value.textContent = series.points.get(symbol).at(-1).value.toFixed(2)
}, 250)

/** @returns {Promise<{ position: string, nextNumber: number, prices: object[], lines: object[] }>} */
async function fetchState() {
  for (;;) {
    const response = await fetch('/state', { cache: 'no-store' }).catch(() => undefined)
    if (response?.ok) return response.json()
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}
