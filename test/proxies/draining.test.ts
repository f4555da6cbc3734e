import { expect, onTestFinished, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'
import { connectClients } from './clients.js'
import { proxyNames, startProxy } from './proxies.js'

// What happens where a server drains without having closed its port first, as the example does.

const portOf = ({ url }: TestServer) => Number(new URL(url).port)

test.each(proxyNames)(
  '%s takes to the other process who is told 503, but not a WebSocket that is open',
  async (name) => {
    const servers = [await startTestServer(), await startTestServer()] as const
    const [draining, other] = servers
    onTestFinished(async () => {
      for (const server of servers) await server.close()
    })
    const plain: Record<string, string> = name === 'haproxy' ? { 'option httpchk GET /health': '' } : {}
    const proxy = await startProxy(name, [portOf(draining), portOf(other)], plain)
    void draining.drain(10_000)

    // The first connection goes to the first process, and later ones too, since it has none.
    const clients = [
      ...(await connectClients(`${proxy.url}/live`, 1, ['all'])),
      ...(await connectClients(`${proxy.url}/live`, 2, ['sse', 'long-poll'])),
    ]
    const failures = clients.flatMap(({ kind, live }) =>
      live
        .explain()
        .attempts.filter(({ outcome }) => outcome === 'failed')
        .map(({ transport, why }) => `${kind}: ${transport}: ${why}`),
    )
    expect(failures).toEqual(['all: websocket: This server is about to stop.'])
    const { websocket, sse, poll } = draining.counts()
    expect({ websocket, sse, poll }).toEqual({ websocket: 0, sse: 0, poll: 0 })
  },
)
