import { describe, expect, onTestFinished, test } from 'vitest'
import { sse } from '../../src/index.js'
import { record, until } from '../flow/scenarios/recorder.js'
import { startMiddlebox } from '../support/middlebox.js'
import { startTestServer } from '../support/server.js'
import { behind } from './behind.js'
import { type ProxyName, proxyNames } from './proxies.js'

// A process takes a POST, handles it, and dies before it has said anything. The other one shares its ledger: here it is the
// same hub, once reached directly, and once through a middlebox that dies.

const unrepeated: Record<ProxyName, Record<string, string>> = {
  nginx: { 'http_503 non_idempotent;': 'http_503;' },
  haproxy: { 'balance leastconn\n': 'balance leastconn\n  http-request disable-l7-retry if METH_POST\n' },
}

/** A client on SSE, whose stream is on the process that lives and whose POST comes to the one that dies. */
async function sendToTheDying(name: ProxyName, changes: Record<string, string>) {
  const server = await startTestServer()
  const dying = await startMiddlebox(server.url)
  onTestFinished(async () => {
    await dying.close()
    await server.close()
  })
  const { url } = await behind(name, { server, second: Number(new URL(dying.url).port), changes })
  const { live } = record(url, { transports: [sse()] })
  await until(() => expect(live.state.status).toBe('open'))
  expect(dying.counts().requests.sse).toBe(0)

  dying.set({ post: { cut: 0 } })
  const answer = live.send('say', 1)
  await until(() => expect(dying.counts().requests.post).toBeGreaterThan(0))
  dying.set({ post: 'pass' })
  expect(await answer).toEqual({ echo: 1 })
  expect(server.messages()).toHaveLength(1)
  return live.explain().attempts
}

describe.each(proxyNames)('%s', (name) => {
  test('asks the other process, which knows the send: it is handled once, and the client notices nothing', async () => {
    expect(await sendToTheDying(name, {})).toHaveLength(1)
  })

  test('that does not repeat a POST: the client sends again, and it is handled once', async () => {
    expect(await sendToTheDying(name, unrepeated[name])).not.toHaveLength(1)
  })
})
