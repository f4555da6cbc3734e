import { describe, expect, test } from 'vitest'
import { longPoll, sse, websocket } from '../../src/index.js'
import { numbersFrom, record, until } from '../flow/scenarios/recorder.js'
import { behind } from './behind.js'
import { proxyNames } from './proxies.js'

// A proxy that gives up on silence after 2 s instead of 75 s.
const impatient = {
  nginx: { 'proxy_read_timeout 75s': 'proxy_read_timeout 2s' },
  haproxy: {
    'timeout client 75s': 'timeout client 2s',
    'timeout server 75s': 'timeout server 2s',
    'timeout tunnel 75s': 'timeout tunnel 2s',
  },
}

/** Connects by each of the transports, and waits until all of them carry. */
async function connectAll(url: string, transports: ReturnType<typeof sse>[]) {
  const all = transports.map((transport) => record(url, { transports: [transport] }))
  await until(() => {
    for (const { live } of all) expect(live.state.status).toBe('open')
  })
  return all
}

describe.each(proxyNames)('%s', (name) => {
  test('who is silent is cut, and comes back without a gap; a heartbeat, or a short poll, keeps a connection', async () => {
    const beating = await behind(name, { server: { heartbeat: 300 }, changes: impatient[name] })
    const silent = await behind(name, { server: { heartbeat: 15_000 }, changes: impatient[name] })
    // The kept ones first, so that they had as much time as the others.
    const kept = await connectAll(beating.url, [websocket(), sse(), longPoll({ wait: 300 })])
    const cut = await connectAll(silent.url, [websocket(), sse(), longPoll()])
    await until(() => {
      for (const { live } of cut) {
        expect(live.explain().attempts.length).toBeGreaterThan(1)
        expect(live.state.status).toBe('open')
      }
    })
    for (const { live } of kept) expect(live.explain().attempts).toHaveLength(1)

    await beating.server.publishNumbers('number', 1, 10)
    await silent.server.publishNumbers('number', 1, 10)
    await until(() => {
      for (const { numbers } of [...kept, ...cut]) expect(numbers).toEqual(numbersFrom(1, 10))
    })
    for (const { gaps } of [...kept, ...cut]) expect(gaps).toEqual([])
  })
})
