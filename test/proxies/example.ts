import { expect, onTestFinished } from 'vitest'
import { createHub, type Hub } from '../../src/server/index.js'
import { redisHistory } from '../../src/server/redis/index.js'
import { type Client, connectClients, Traffic } from './clients.js'
import { ExampleProcess } from './processes.js'
import { type ProxyName, type RunningProxy, startProxy } from './proxies.js'

// The example as it is meant: two processes, one Redis, and a proxy. A third process publishes, which nobody connects to.

export interface Example {
  readonly processes: readonly [ExampleProcess, ExampleProcess]
  readonly proxy: RunningProxy
  /** Where the hubs are for a client. */
  readonly url: string
  readonly publish: (number: number) => Promise<unknown>
}

/** HAProxy asks more often than once a second, so that no test need wait for it. */
const attentive: Record<ProxyName, Record<string, string>> = { nginx: {}, haproxy: { 'inter 1s': 'inter 100ms' } }

/** @param notice how long a process that stops waits for the health checks, in ms */
export async function startExample(name: ProxyName, notice?: number): Promise<Example> {
  const { redis, processes } = await ExampleProcess.startTwo(notice)
  const proxy = await startProxy(name, [processes[0].port, processes[1].port], attentive[name])
  const publisher: Hub = createHub({ history: redisHistory({ url: redis }) })
  onTestFinished(() => publisher.close())
  return { processes, proxy, url: `${proxy.url}/live`, publish: (number) => publisher.publish('number', number) }
}

/**
 * One process after the other goes and comes back, under traffic, while the proxy always has one to ask. Nothing is lost
 * or doubled.
 */
export async function takeTurns(name: ProxyName, how: 'stop' | 'kill'): Promise<Client[]> {
  const { processes, proxy, url, publish } = await startExample(name)
  const clients = await connectClients(url, 2)
  // Both have some: nothing keeps a client with a process.
  for (const each of processes) expect((await each.health()).clients).toBeGreaterThan(0)
  const traffic = new Traffic(clients, publish)
  await traffic.flows()
  for (const each of processes) {
    await each[how]()
    await traffic.flows()
    await each.start()
    await each.isChosen(proxy.url)
  }
  await traffic.stop()
  await traffic.wordsArrived()
  return clients
}
