// npm run test:soak [-- --minutes 30 --connections 1000 --rate 1000]
//
// A server under load for a long time: does anything grow? 1,000 clients that all hear 1,000 events a second would be a
// million deliveries a second. So each event has one of 50 topics, and each client hears one topic, 20 events a second; two
// hear all, and a real page hears a tenth. Connections are cut at random meanwhile, and clients send.
import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './child.mjs'
import { readOptions } from './options.mjs'
import { openPage } from './page.mjs'
import { judgeHeap } from './verdict.mjs'

const options = readOptions(process.argv.slice(2))
const { minutes, connections, rate } = options
/** A run of some minutes has its samples closer together. */
const period = Math.min(1, minutes / 12)
/** The history, the ledger and the buffers fill up first. */
const warmUp = Math.min(3, minutes / 6)

const mebibytes = (/** @type {number} */ bytes) => (bytes / 1_048_576).toFixed(1)
/** @param {(string | number)[]} cells */
const row = (...cells) => console.log(cells.map((cell) => String(cell).padStart(11)).join(''))

const server = startChild('./server.mjs', { rate })
const { port } = await server.ask('listen')
const url = `http://127.0.0.1:${port}/live`
const before = await server.ask('sample')
// Two processes, so that one that is busy does not make the other's connections look dead.
const halves = [Math.ceil(connections / 2), Math.floor(connections / 2)]
const clients = halves.map((count) => startChild('./clients.mjs', { url, count }))
await Promise.all(clients.map((child) => child.ask('opened')))
const page = await openPage(`http://127.0.0.1:${port}/`)

async function sample() {
  const [hub, seen, ...others] = await Promise.all([
    server.ask('sample'),
    page.sample(),
    ...clients.map((child) => child.ask('sample')),
  ])
  const all = [seen, ...others].map(({ heard }) => heard)
  const sum = (/** @type {string} */ name) => all.reduce((sum, heard) => sum + heard[name], 0)
  const heard = { events: sum('events'), lost: sum('lost'), doubled: sum('doubled'), gaps: sum('gaps') }
  const sends = others.map(({ sends }) => sends)
  return {
    ...hub,
    page: seen.heap,
    nodes: others.map(({ heap }) => heap),
    ...heard,
    reconnects: sum('reconnects'),
    sends,
  }
}

console.log(
  `${connections} connections, ${rate} events per second, ${minutes} minutes; heaps in MiB, after garbage collection`,
)
row('minute', 'clients', 'heap', 'rss', 'page', 'files', 'published', 'heard', 'cut', 'lost', 'doubled', 'gaps')
await server.ask('start')
for (const child of clients) await child.ask('startSending')
const samples = []
for (let minute = period; minute <= minutes + period / 2; minute += period) {
  await sleep(period * 60_000)
  const now = await sample()
  samples.push({ minute, ...now })
  const { clients, heap, rss, descriptors, published, events, cut, lost, doubled, gaps } = now
  const memory = [heap, rss, now.page].map(mebibytes)
  row(minute.toFixed(1), clients, ...memory, descriptors, published, events, cut, lost, doubled, gaps)
}

// Nothing new from here on: what was published must arrive, and what was sent must have an outcome.
for (const child of clients) await child.ask('stopSending')
await server.ask('stop')
const counts = await server.ask('counts')
let arrived = false
for (let second = 0; second < 60 && !arrived; second++) {
  await sleep(1_000)
  const done = await Promise.all([page.isDone(counts), ...clients.map((child) => child.ask('isDone', { counts }))])
  arrived = done.every(Boolean)
}
if (!arrived) for (const child of clients) console.log(await child.ask('states'))
const last = await sample()
for (const child of clients) await child.ask('close')
await Promise.all([page.close(), ...clients.map((child) => child.close())])
let after = await server.ask('sample')
for (let second = 0; second < 10 && after.descriptors > before.descriptors; second++) {
  await sleep(1_000)
  after = await server.ask('sample')
}
await server.close()

const warm = samples.filter(({ minute }) => minute > warmUp)
const heaps = {
  server: judgeHeap(
    warm.map(({ heap }) => heap),
    period,
  ),
  page: judgeHeap(
    warm.map(({ page }) => page),
    period,
  ),
  'clients 1': judgeHeap(
    warm.map(({ nodes }) => nodes[0]),
    period,
  ),
  'clients 2': judgeHeap(
    warm.map(({ nodes }) => nodes[1]),
    period,
  ),
}
const sends = last.sends.reduce(
  (/** @type {Record<string, number>} */ sum, /** @type {Record<string, number>} */ each) => {
    for (const [name, count] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + count
    return sum
  },
  {},
)

/** @type {string[]} */
const faults = []
for (const [name, { first, last, slope, flat }] of Object.entries(heaps)) {
  const text = `first third at most ${mebibytes(first)}, last third at least ${mebibytes(last)}, ${mebibytes(slope)} MiB a minute`
  console.log(`heap of ${name}: ${text}`)
  if (!flat) faults.push(`the heap of ${name} grew: ${text}`)
}
console.log(
  `descriptors of the server: ${before.descriptors} before, ${after.descriptors} after; clients left: ${after.clients}`,
)
console.log(
  `reconnects: ${last.reconnects}; sends: ${JSON.stringify(sends)}, handled: ${last.messages}, twice: ${last.handledTwice}`,
)
if (after.descriptors > before.descriptors) faults.push('descriptors stayed open')
if (after.clients > 0) faults.push('clients stayed in the hub')
if (last.lost + last.doubled + last.gaps > 0) faults.push('events were lost or doubled')
if (!arrived) faults.push('not all that was published or sent arrived')
if (last.handledTwice + sends.rejected > 0) faults.push('sends were handled twice, or rejected')
if (last.errors.length > 0) faults.push(`the hub reported ${last.errors.length} errors: ${last.errors[0]}`)

mkdirSync('test/.artifacts', { recursive: true })
writeFileSync(
  'test/.artifacts/soak.json',
  JSON.stringify({ options, before, samples, after, heaps, sends, faults }, null, 2),
)
for (const fault of faults) console.log(`FAILED: ${fault}`)
console.log(faults.length === 0 ? 'Nothing grew, nothing was lost.' : `${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
