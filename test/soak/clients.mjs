// Many clients in one process, over all three transports. Each remembers the last number of each topic that it hears: the
// next must follow.
import { answering, heldBytes } from './child.mjs'
import { HEAR_ALL, SENDS, SHARES, TOPICS } from './options.mjs'

/** @type {typeof import('../../src/index.js')} */
const { connect, longPoll, sse, websocket } = await import(new URL('../../dist/index.js', import.meta.url).href)
const { url, count } = JSON.parse(process.argv[2] ?? '{}')
const heard = { events: 0, lost: 0, doubled: 0, gaps: 0, reconnects: 0 }
const sends = { sent: 0, resolved: 0, unconfirmed: 0, rejected: 0 }

/** @param {number} index */
function transportOf(index) {
  const place = index % 100
  if (index === 0 || (index >= HEAR_ALL && place < SHARES.websocket)) return websocket()
  return index < HEAR_ALL || place < SHARES.websocket + SHARES.sse ? sse() : longPoll()
}

const topics = Array.from({ length: TOPICS }, (_, topic) => `topic:${topic}`)
const clients = Array.from({ length: count }, (_, index) => {
  const own = index < HEAR_ALL ? topics : topics.slice(index % TOPICS, (index % TOPICS) + 1)
  const live = connect(url, { transports: [transportOf(index)], topics: own })
  /** @type {Map<number, number>} */
  const last = new Map()
  live.on('tick', (event) => {
    const { topic, number } = /** @type {{ topic: number, number: number }} */ (event.data)
    const before = last.get(topic) ?? number - 1
    if (number > before + 1) heard.lost += number - before - 1
    if (number <= before) heard.doubled++
    last.set(topic, Math.max(before, number))
    heard.events++
  })
  live.onGap(() => {
    heard.gaps++
    // What is announced is not lost.
    last.clear()
  })
  live.onStateChange(({ status, attempt }) => {
    if (status === 'reconnecting' && attempt === 1) heard.reconnects++
  })
  return { live, last }
})

function send() {
  const { live } = clients[Math.floor(Math.random() * clients.length)] ?? {}
  sends.sent++
  live?.send('note', { text: 'hello' }).then(
    () => sends.resolved++,
    ({ code }) => (code === 'unconfirmed' ? sends.unconfirmed++ : sends.rejected++),
  )
}
/** @type {NodeJS.Timeout | undefined} */
let sending

answering({
  opened: () => Promise.all(clients.map(({ live }) => live.opened)).then(() => true),
  startSending() {
    sending = setInterval(send, 1_000 / SENDS)
  },
  stopSending: () => clearInterval(sending),
  /** Whether all have heard all that was published, and every send has its outcome. */
  isDone: ({ counts }) =>
    sends.resolved + sends.unconfirmed + sends.rejected === sends.sent &&
    clients.every(({ last }) => [...last].every(([topic, number]) => number === counts[topic])),
  /** How many are in which state: what to look at where not all arrives. */
  states() {
    /** @type {Record<string, number>} */
    const tally = {}
    for (const { live } of clients) {
      const { status, transport, attempt, error } = live.state
      const state = `${status} ${transport ?? ''} attempt ${attempt} ${error?.code ?? ''}`
      tally[state] = (tally[state] ?? 0) + 1
    }
    return tally
  },
  sample: async () => ({ ...(await heldBytes()), heard, sends }),
  close() {
    for (const { live } of clients) live.close()
  },
})
