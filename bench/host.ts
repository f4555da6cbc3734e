import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Serve, Variants } from './contract.js'
import { makeTicks, type Tick } from './events.js'

/** What a server's process tells the bench once it listens. */
export interface Hosted {
  readonly port: number
  readonly variants: Variants
}

/** The page is isolated, so that its clock has a resolution of 5 microseconds instead of 100. */
const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-store',
}

const HTML = `<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">
<script src="/bench/page.js" defer></script>`

/**
 * Runs one contender's server on a free port, with the page that measures it on the same origin, and tells the parent
 * process where.
 *
 * @param script the page's bundle
 */
export function host(serve: Serve, variants: Variants, script: string): void {
  const server = createServer()
  const served = serve(server)
  let ticks: Tick[] = []

  async function answer(path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const count = Number(query.get('count') ?? 0)
    switch (path) {
      case '/bench/page':
        response.writeHead(200, { ...ISOLATED, 'Content-Type': 'text/html' }).end(HTML)
        return
      case '/bench/page.js':
        response.writeHead(200, { ...ISOLATED, 'Content-Type': 'text/javascript; charset=utf-8' }).end(script)
        return
      case '/bench/prepare': {
        if (ticks.length < count) ticks = makeTicks(count)
        const start = (await served.prepare?.()) ?? ''
        response.end(start)
        return
      }
      case '/bench/burst':
        // The answer leaves before the burst: the page does not wait for it, but an unanswered request holds a connection.
        response.end(() => {
          for (let index = 0; index < count; index += 1) {
            const tick = ticks[index]
            if (tick) served.publish(tick)
          }
        })
        return
      case '/bench/steady': {
        let published = 0
        const timer = setInterval(
          () => {
            const tick = ticks[published++]
            if (tick && published <= count) served.publish(tick)
            else clearInterval(timer)
          },
          Number(query.get('interval')),
        )
        response.end()
        return
      }
      default:
        response.writeHead(404).end()
    }
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (!pathname.startsWith('/bench/')) return
    answer(pathname, searchParams, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1', () => {
    const hosted: Hosted = { port: portOf(server.address()), variants }
    process.send?.(hosted)
  })
  process.once('disconnect', () => process.exit())
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.')
  return address.port
}
