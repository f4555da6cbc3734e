// The server under load: publishes to topics in turn, cuts connections at random, and says how it is.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { answering, heldBytes } from './child.mjs'
import { CUTS, TOPICS } from './options.mjs'

/** @type {typeof import('../../src/server/index.js')} */
const { createHub, memoryHistory } = await import(new URL('../../dist/server/index.js', import.meta.url).href)
const { rate } = JSON.parse(process.argv[2] ?? '{}')
const TEXT = 'The quick brown fox jumps over the lazy dog.'
const script = readFileSync(new URL('../../dist/holdfast.global.js', import.meta.url))
const page = readFileSync(new URL('./page.html', import.meta.url))

/** @type {string[]} */
const errors = []
const note = (/** @type {unknown} */ error) => void errors.push(String(error))
process.on('uncaughtException', note)
process.on('unhandledRejection', note)

const hub = createHub({ history: memoryHistory({ maxEvents: 60 * rate }), limits: { topics: TOPICS } })
hub.onError(note)
/** The highest number of each client that was handled: the next one follows. @type {Map<string, number>} */
const handled = new Map()
let messages = 0
let handledTwice = 0
hub.onMessage(({ number }, { id }) => {
  if (number <= (handled.get(id) ?? 0)) handledTwice++
  handled.set(id, number)
  messages++
})

const server = createServer((request, response) => {
  if (request.url === '/holdfast.js') response.setHeader('content-type', 'text/javascript').end(script)
  else response.setHeader('content-type', 'text/html').end(page)
})
hub.attach(server)
/** @type {Set<import('node:net').Socket>} */
const sockets = new Set()
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
})

const counts = Array.from({ length: TOPICS }, () => 0)
let published = 0
let cut = 0
let started = 0
/** @type {NodeJS.Timeout[]} */
let timers = []

// Full from the beginning, so that it is not taken for a leak.
for (let count = 0; count < 60 * rate; count++)
  hub.publish('tick', { topic: TOPICS, number: count, text: TEXT }, { topic: 'past' })

function publishWhatIsDue() {
  const due = ((performance.now() - started) * rate) / 1_000
  while (published < due) {
    const topic = published % TOPICS
    counts[topic] = (counts[topic] ?? 0) + 1
    hub.publish('tick', { topic, number: counts[topic], text: TEXT }, { topic: `topic:${topic}` })
    published++
  }
}
function cutOne() {
  const chosen = [...sockets][Math.floor(Math.random() * sockets.size)]
  if (chosen === undefined) return
  chosen.resetAndDestroy()
  cut++
}

answering({
  listen: () => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address()))),
  start() {
    started = performance.now()
    timers = [setInterval(publishWhatIsDue, 10), setInterval(cutOne, 1_000 / CUTS)]
  },
  stop() {
    for (const timer of timers) clearInterval(timer)
  },
  counts: () => counts,
  async sample() {
    const { heap, rss } = await heldBytes()
    const descriptors = readdirSync('/proc/self/fd').length
    return { heap, rss, descriptors, clients: hub.clients.size, published, cut, messages, handledTwice, errors }
  },
})
