import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Connection, connect, longPoll, sse, type Transport, websocket } from '../../src/index.js'
import { createHub, memoryHistory } from '../../src/server/index.js'
import { Middlebox } from '../support/middlebox.js'

/** A small seeded generator (mulberry32): the seed in the test's name reproduces the run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const server: Server = createServer((_, response) => response.writeHead(404).end())
const hub = createHub({ history: memoryHistory({ maxEvents: 100_000 }) })
const handled: string[] = []
let middlebox: Middlebox

beforeAll(async () => {
  hub.attach(server, { path: '/live' })
  hub.onMessage(async (message: { data?: unknown }) => {
    handled.push(String(message.data))
    return message.data
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  middlebox = new Middlebox(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await middlebox.up()
})
afterAll(async () => {
  await middlebox.close()
  await hub.close()
  server.closeAllConnections()
  server.close()
})

/** Hears numbers until `last`, and gives all of them. */
function hear(live: Connection, type: string, last: number): Promise<number[]> {
  const heard: number[] = []
  return new Promise((resolve) => {
    live.on(type, ({ data }) => {
      heard.push(data as number)
      if (data === last) resolve(heard)
    })
  })
}

function open(live: Connection): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (live.state.status === 'open') resolve()
    }
    live.onStateChange(check)
    check()
  })
}

const transports: Record<string, () => Transport[]> = {
  websocket: () => [websocket()],
  sse: () => [sse()],
  'long-poll': () => [longPoll()],
  'all three': () => [websocket(), sse(), longPoll()],
}

describe.each(Object.entries(transports))('%s', (name, create) => {
  test.each([1, 2, 3])('once and in order across cuts, sends handled once (seed %i)', async (seed) => {
    const random = seeded(seed)
    const type = `count ${name} ${seed}`
    const count = 400
    using live = connect(`${middlebox.url}/live`, {
      transports: create(),
      reconnect: { minDelay: 5, maxDelay: 20 },
    })
    const gaps: unknown[] = []
    live.onGap((gap) => gaps.push(gap))
    await live.opened
    const heard = hear(live, type, count)
    const sends: Promise<unknown>[] = []
    const from = handled.length
    for (let number = 1; number <= count; number++) {
      await hub.publish(type, number)
      if (number % 4 === 0) sends.push(live.send('say', `${type}: ${number}`))
      if (random() < 0.05) {
        // Half of the cuts meet an open connection, the others whatever there is.
        if (random() < 0.5) await open(live)
        middlebox.kill(random() < 0.5 ? 'rst' : 'fin')
      }
      // Publishing spreads over many turns of the event loop, so that cuts meet every stage of a connect.
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
      if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve, 0))
    }
    expect(await heard).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    expect(gaps).toEqual([])
    // The run proves something only if there were breaks.
    expect(live.explain().attempts.length).toBeGreaterThan(5)
    const replies = await Promise.all(sends)
    const expected = Array.from({ length: count / 4 }, (_, index) => `${type}: ${(index + 1) * 4}`)
    expect(replies).toEqual(expected)
    expect(handled.slice(from)).toEqual(expected)
  })
})
