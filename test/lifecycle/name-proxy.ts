import { createServer, request } from 'node:http'
import { connect } from 'node:net'

/** Leads every name to this machine, on the port that was asked for: WebKitGTK can be told of a proxy, but of no address of a host. */
export async function startNameProxy(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createServer((incoming, response) => {
    const { port, pathname, search } = new URL(incoming.url ?? '')
    const { method, headers } = incoming
    const outgoing = request({ host: '127.0.0.1', port, path: pathname + search, method, headers })
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      response.flushHeaders()
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  // WebKitGTK asks for a WebSocket as for anything else: GET ws://…
  server.on('upgrade', ({ url = '', rawHeaders }, client, head) => {
    const { port, pathname, search } = new URL(url)
    const upstream = connect(Number(port), '127.0.0.1')
    const lines = rawHeaders.map((text, index) => text + (index % 2 === 0 ? ': ' : '\r\n'))
    upstream.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`)
    upstream.write(head)
    upstream.pipe(client)
    client.pipe(upstream)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    address: `127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
