import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express from 'express'
import { createHub } from '../../src/server/index.js'

/** `express`: an app of Express 5; `bare`: a request listener of node:http. Neither knows `hub.attach`. */
export type WebStandardHost = 'express' | 'bare'

/** Hands a request of Node's to a handler of web-standard requests, and its response back. */
async function answerWith(
  handle: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.on('close', () => gone.abort())
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method ?? 'GET',
    headers,
    signal: gone.signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const }),
  })
  const response = await handle(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.flushHeaders()
  if (response.body === null) outgoing.end()
  // A client that goes away breaks the pipe; the hub hears of it by the signal and by the cancelled body.
  else await pipeline(Readable.fromWeb(response.body as never), outgoing).catch(() => {})
}

/** A hub that is reached by `hub.fetch` alone, and lets in who brings the token `secret`. A message is answered with `{ echo: data }`. */
export async function startWebStandardServer(host: WebStandardHost) {
  const hub = createHub({
    allowedOrigins: (origin) => /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/.test(origin),
    authorize: ({ headers }) =>
      headers.get('authorization') === 'Bearer secret' ? { principal: 'alice' } : { status: 401 },
  })
  hub.onMessage(({ data }) => ({ echo: data }))
  const seen: string[] = []
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    seen.push(incoming.method ?? '')
    answerWith(hub.fetch, incoming, outgoing).catch(() => outgoing.destroy())
  }
  const listener: RequestListener = host === 'express' ? express().all('/live', handle) : handle
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/live`,
    async publishNumbers(first: number, count: number) {
      for (let number = first; number < first + count; number++) await hub.publish('number', number)
    },
    /** The methods of all requests since the start, in order. */
    methods: () => seen,
    clients: () => hub.clients.size,
    /** Cuts all connections. */
    cut: () => server.closeAllConnections(),
    async close() {
      await hub.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
