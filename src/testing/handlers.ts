import { type HttpHandler, http, type WebSocketHandler, ws } from 'msw'
import type { Backend, Network } from './network.js'
import type { SocketLine } from './socket-line.js'

/** What msw is given: everything at one URL, by HTTP and by WebSocket. */
export function createHandlers(url: URL, network: Network, backend: Backend): (HttpHandler | WebSocketHandler)[] {
  const { pathname, host } = url
  const secure = /^(https|wss):$/.test(url.protocol)
  const requests = http.all(exactly(`${secure ? 'https' : 'http'}://${host}${pathname}`), ({ request }) =>
    network.carry(backend, request),
  )
  const address = `${secure ? 'wss' : 'ws'}://${host}${pathname}`
  const sockets = ws.link(exactly(address)).addEventListener('connection', ({ client }) => {
    // A message that comes before the server is there has nobody to hear it; there is none before `open`.
    const line: { current?: SocketLine } = {}
    client.addEventListener('message', ({ data }) => line.current?.receive(data))
    client.addEventListener('close', () => line.current?.over())
    line.current = network.connect(backend, client)
  })
  // msw opens a WebSocket once its handlers have run: one that hangs in its handshake is one whose handler never does.
  const run: (typeof sockets)['run'] = sockets.run.bind(sockets)
  sockets.run = (connection, ...rest) => {
    const ours = isAt(connection.client.url, address)
    return ours && network.hangs() ? new Promise<never>(() => {}) : run(connection, ...rest)
  }
  return [requests, sockets]
}

/** Nothing in a URL is a pattern here. A query is no part of what msw compares. */
function exactly(address: string): RegExp {
  return new RegExp(`^${address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\/$/, '/?')}$`)
}

function isAt(url: URL, address: string): boolean {
  return `${url.protocol}//${url.host}${url.pathname}` === address
}
