import { describe, expect, test } from 'vitest'
import { until } from '../flow/scenarios/recorder.js'
import { behind } from './behind.js'
import { connectClients, Traffic } from './clients.js'
import { proxyNames } from './proxies.js'

// The proxy goes from under its clients, while events are published and messages are sent.

/** How soon after a reload the old workers let go of those whom they have. */
const soon = { nginx: {}, haproxy: { 'hard-stop-after 30s': 'hard-stop-after 1s' } }

describe.each(proxyNames)('%s', (name) => {
  test.each(['reload', 'restart'] as const)('%s: nothing is lost or doubled, in either direction', async (happens) => {
    const { server, proxy, url } = await behind(name, { changes: soon[name] })
    const clients = await connectClients(url)
    const traffic = new Traffic(clients, (number) => server.publish('number', number))
    await traffic.flows()

    await proxy[happens]()
    await traffic.flows()
    await until(() => {
      // A poll may have found the new workers without a break.
      for (const { kind, live } of clients)
        if (kind !== 'long-poll') expect(live.explain().attempts.length).toBeGreaterThan(1)
    })
    await traffic.flows()
    await traffic.stop()
    expect(
      server
        .messages()
        .map(({ data }) => data)
        .toSorted(),
    ).toEqual(traffic.words.toSorted())
  })
})
