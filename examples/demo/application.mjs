// The application behind the proxy: a server with a hub that publishes prices and passes chat lines on.
// It can be restarted for real: its port is closed, every connection breaks, and a new hub takes over.

import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createHub, memoryHistory, memoryLedger } from 'holdfast/server'
import { attachComparison } from './comparison.mjs'
import { every as countEvery, tellConnections } from './connections.mjs'
import { createPrices, interval } from './prices.mjs'

const downTime = 2_000
const keptPrices = 60_000
const keptLines = 30
const longestLine = 280

/** @param {{ tokens: ReturnType<typeof import('./tokens.mjs').createTokens> }} parts */
export async function startApplication({ tokens }) {
  let memory = newMemory()
  let hub = newHub()
  let comparison
  let server = await listen(0)
  const { port } = server.address()
  let restarting = false

  const state = { position: await hub.position(), nextNumber: 1, prices: [], lines: [] }
  let publishing = Promise.resolve()

  /** Publishes one event after the other, and changes the state with it, so that `/state` fits the position in it. */
  function publish(type, data, change) {
    const published = publishing.then(async () => {
      state.position = await hub.publish(type, data)
      change(data)
    })
    publishing = published.catch(console.error)
    return published
  }

  const nextPrices = createPrices()
  const now = () => performance.timeOrigin + performance.now()

  function note(price) {
    state.nextNumber = price.number + 1
    state.prices.push(price)
    while (state.prices[0].at < price.at - keptPrices) state.prices.shift()
  }

  // The market was open before anybody came: a chart that begins empty shows little.
  for (let ago = keptPrices; ago > 0; ago -= interval) nextPrices(now() - ago).forEach(note)
  let ticks = 0
  const timer = setInterval(() => {
    // Before the prices: they end every long-poll, and who has just got them is not connected for a moment.
    if (++ticks % (countEvery / interval) === 0) tellConnections(hub)
    for (const price of nextPrices(now())) publish('price', price, note).catch(() => {}) // it has been reported
  }, interval)

  /** What a database would keep across a restart: the events, and which messages were handled. */
  function newMemory() {
    // A hub closes its history; one without `close` outlives it, as a database would.
    return { history: { ...memoryHistory({ maxEvents: 20_000 }), close: undefined }, ledger: memoryLedger() }
  }

  function newHub() {
    const hub = createHub({ ...memory, heartbeat: 2_000, authorize: ({ headers }) => authorize(headers) })
    hub.onMessage(({ type, data }, client) => {
      if (type === 'clock') return { at: now() }
      if (type === 'chat') return say(data, client)
      throw Object.assign(new Error('This server knows no such message.'), { code: 'unknown-type' })
    })
    return hub
  }

  function authorize(headers) {
    const grant = tokens.verify(/^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1])
    return grant && { principal: grant.visitorId, expires: grant.until }
  }

  async function say({ text, key }, { principal }) {
    if (typeof text !== 'string' || typeof key !== 'string' || text.length > longestLine || key.length > 32) {
      throw Object.assign(new Error('That is no line.'), { code: 'bad-line' })
    }
    await publish('chat', { key, text, name: nameOf(principal), at: Date.now() }, (line) => {
      state.lines.push(line)
      if (state.lines.length > keptLines) state.lines.shift()
    })
    return { stored: true }
  }

  async function listen(port) {
    const server = createServer((request, response) => {
      if (request.url !== '/state') return response.writeHead(404).end()
      // Nothing is awaited between reading the position and what goes with it, so they fit together.
      response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(state))
    })
    hub.attach(server, { path: '/live' })
    comparison = attachComparison(server)
    await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    return server
  }

  /** As a crash does it: no goodbye. */
  async function kill(...hubs) {
    for (const each of hubs) {
      each.disconnect()
      await each.close()
    }
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  return {
    port: () => port,
    isUp: () => !restarting,

    /** @returns {Promise<boolean>} false where a restart was under way already */
    async restart({ keepHistory }) {
      if (restarting) return false
      restarting = true
      if (!keepHistory) memory = newMemory()
      // Prices go on into the history meanwhile, as if another process published them.
      const old = hub
      hub = newHub()
      await kill(old, comparison)
      await pause(downTime)
      server = await listen(port)
      restarting = false
      return true
    },

    /** Tells a visitor's connections that their authorization is over. */
    expire(visitorId) {
      return hub.disconnect(({ principal }) => principal === visitorId, { code: 'expired' })
    },

    async close() {
      clearInterval(timer)
      await kill(hub, comparison)
    },
  }
}

const animals = ['Otter', 'Puffin', 'Heron', 'Seal', 'Crab', 'Limpet', 'Urchin', 'Tern', 'Whelk', 'Eider']

function nameOf(visitorId) {
  return animals[Number.parseInt(visitorId.slice(0, 8), 16) % animals.length] ?? 'Stranger'
}
