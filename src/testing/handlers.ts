import { type HttpHandler, http, type WebSocketHandler, ws } from 'msw'
import type { Backend, Network } from './network.js'

/** What msw is given: everything at one URL, by HTTP and by WebSocket. */
export function createHandlers(url: URL, network: Network, backend: Backend): (HttpHandler | WebSocketHandler)[] {
  const { pathname, host } = url
  const secure = /^(https|wss):$/.test(url.protocol)
  const requests = http.all(exactly(`${secure ? 'https' : 'http'}://${host}${pathname}`), ({ request }) =>
    network.carry(backend, request),
  )
  const address = `${secure ? 'wss' : 'ws'}://${host}${pathname}`
  const sockets = ws.link(exactly(address)).addEventListener('connection', ({ client }) => {
    const line = network.connect(backend, client)
    client.addEventListener('message', ({ data }) => line.receive(data))
    client.addEventListener('close', () => line.over())
  })
  // msw opens a WebSocket once its handlers have run: one whose handshake is not answered is one whose handler never has.
  const run: (typeof sockets)['run'] = sockets.run.bind(sockets)
  sockets.run = (connection, ...rest) => {
    const passes = !isAt(connection.client.url, address) || network.admits(backend, connection.client)
    return passes ? run(connection, ...rest) : new Promise<never>(() => {})
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
