import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { now } from './clock.js'
import type { Serve, Variants } from './contract.js'
import { makeTicks, TICK_BYTES, type Tick } from './events.js'

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

/** Events that a server holds from one page to the next. */
const KEPT = 100_000

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
  let bytes = TICK_BYTES
  /** When each event of the steady part was published. */
  let published: number[] = []

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
        prepareTicks(count, Number(query.get('bytes') ?? TICK_BYTES))
        const start = (await served.prepare?.(query.get('variant') ?? '')) ?? ''
        response.end(start)
        return
      }
      case '/bench/burst': {
        const from = Number(query.get('from') ?? 0)
        // The answer leaves before the burst: the page does not wait for it, but an unanswered request holds a connection.
        response.end(() => {
          for (let index = from; index < from + count; index += 1) {
            const tick = ticks[index]
            if (tick) served.publish(tick)
          }
        })
        return
      }
      case '/bench/steady':
        publishSteadily(count, Number(query.get('interval')))
        response.end()
        return
      case '/bench/times':
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(published))
        return
      default:
        response.writeHead(404).end()
    }
  }

  /** A million of them are not kept any longer than they are needed. */
  function prepareTicks(count: number, size: number): void {
    if (size === bytes && count <= ticks.length && ticks.length <= KEPT) return
    ticks = makeTicks(count, size)
    bytes = size
  }

  function publishSteadily(count: number, interval: number): void {
    const times: number[] = []
    published = times
    const timer = setInterval(() => {
      const tick = ticks[times.length]
      if (!tick || times.length === count) {
        clearInterval(timer)
        return
      }
      times.push(now())
      served.publish(tick)
    }, interval)
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
