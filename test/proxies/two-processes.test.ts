import { describe, expect, onTestFinished, test } from 'vitest'
import { createHub } from '../../src/server/index.js'
import { redisHistory } from '../../src/server/redis/index.js'
import { connectClients, Traffic } from './clients.js'
import { ExampleProcess } from './processes.js'
import { type ProxyName, proxyNames, startProxy } from './proxies.js'

// The example as it is meant: two processes, one Redis, and a proxy; a third process publishes, which nobody connects to.

/** HAProxy asks more often than once a second, so that the test need not wait for it. */
const attentive: Record<ProxyName, Record<string, string>> = { nginx: {}, haproxy: { 'inter 1s': 'inter 100ms' } }

async function begin(name: ProxyName) {
  const { redis, processes } = await ExampleProcess.startTwo()
  const [a, b] = processes
  const { url } = await startProxy(name, [a.port, b.port], attentive[name])
  const publisher = createHub({ history: redisHistory({ url: redis }) })
  onTestFinished(() => publisher.close())
  const clients = await connectClients(`${url}/live`, 2)
  // Both have some: nothing keeps a client with a process.
  for (const each of processes) expect(await each.clients()).toBeGreaterThan(0)
  const traffic = new Traffic(clients, (number) => publisher.publish('number', number))
  await traffic.flows()
  return { url, processes, clients, traffic }
}

/** One after the other goes and comes back, while the proxy always has one to ask. */
async function takeTurns(
  { url, processes, clients, traffic }: Awaited<ReturnType<typeof begin>>,
  how: 'stop' | 'kill',
) {
  for (const each of processes) {
    await each[how]()
    await traffic.flows()
    await each.start()
    await each.isChosen(url)
  }
  await traffic.stop()
  await traffic.wordsArrived()
  return clients
}

describe.each(proxyNames)('%s', { timeout: 60_000 }, (name) => {
  test('a rolling restart: nobody meets a process that turns him away', async () => {
    const clients = await takeTurns(await begin(name), 'stop')
    const reasons = clients.flatMap(({ live }) => live.explain().attempts.map(({ why }) => why))
    expect(reasons.filter((why) => /This server is about to stop|could not be opened|answered 5/.test(why))).toEqual([])
  })

  test('processes that are killed: clients go on at the one that is left', async () => {
    await takeTurns(await begin(name), 'kill')
  })
})
