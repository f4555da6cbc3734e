import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'
import { connectClients, Traffic } from './clients.js'
import { type ProxyName, proxyNames, startProxy } from './proxies.js'

// Two hubs that know nothing of each other. docs/proxies.md says what keeps a client with one of them.

const byAddress: Record<ProxyName, Record<string, string>> = {
  nginx: { 'least_conn;': 'hash $remote_addr consistent;', 'http_503 non_idempotent;': 'http_503;' },
  haproxy: {
    'option httpchk GET /health': '',
    'balance leastconn': 'balance source\n  hash-type consistent\n  http-request disable-l7-retry if METH_POST',
  },
}

const portOf = ({ url }: TestServer) => Number(new URL(url).port)
const handledBy = (server: TestServer) => server.messages().map(({ data }) => data)

describe.each(proxyNames)('%s', (name) => {
  test('by address: streams, polls and POSTs of a client come to one process', async () => {
    const servers = [await startTestServer(), await startTestServer()] as const
    const [a, b] = servers
    onTestFinished(async () => {
      for (const server of servers) await server.close()
    })
    const { url } = await startProxy(name, [portOf(a), portOf(b)], byAddress[name])
    const clients = await connectClients(`${url}/live`, 2)
    const traffic = new Traffic(clients, (number) => Promise.all(servers.map((each) => each.publish('number', number))))
    await traffic.flows()
    await traffic.stop()
    // They all have the same address.
    expect(servers.map((each) => handledBy(each).length).toSorted()).toEqual([0, traffic.words.length].toSorted())
    expect(servers.flatMap(handledBy).toSorted()).toEqual(traffic.words.toSorted())
  })
})

test('HAProxy by cookie: whoever was given one comes to the process that it names', async () => {
  const servers = [await startTestServer(), await startTestServer()] as const
  const [a, b] = servers
  onTestFinished(async () => {
    for (const server of servers) await server.close()
  })
  const { url } = await startProxy('haproxy', [portOf(a), portOf(b)], {
    'option httpchk GET /health': 'cookie process insert indirect nocache',
    '127.0.0.1:3001': '127.0.0.1:3001 cookie a',
    '127.0.0.1:3002': '127.0.0.1:3002 cookie b',
  })
  const ask = (cookie?: string) => fetch(`${url}/live?carrier=poll`, cookie ? { headers: { cookie } } : {})
  const given = (await ask()).headers.get('set-cookie')?.split(';')[0]
  expect(given).toMatch(/^process=[ab]$/)
  for (let request = 0; request < 4; request++) expect((await ask(given)).headers.get('set-cookie')).toBeNull()
  const visits = servers.map((each) => each.visits().length)
  expect(visits.toSorted()).toEqual([0, 5])
})
