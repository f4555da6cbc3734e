import { createServer } from 'node:http'

/** What a visit is answered with. */
export interface Planned {
  status?: number
  headers?: Record<string, string>
  body?: string
  /** The stream stays open behind the body. */
  open?: boolean
}

export interface EventStreams {
  readonly url: string
  /** What those who came to `/{name}` said as `Last-Event-ID`, in UTF-8, in their order. */
  visits(name: string): (string | undefined)[]
  /** How many streams of that name are open. */
  open(name: string): number
  close(): Promise<void>
}

const STREAM = { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' }

/**
 * A server of event streams of which the page says what they hold: the n-th visit to `/{name}?plan=[…]` is answered with
 * the n-th of the plan, each further one with its last. It allows every page everything, where the plan gives no headers.
 */
export async function startEventStreams(): Promise<EventStreams> {
  const visits = new Map<string, (string | undefined)[]>()
  const open = new Map<string, number>()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end()
      return
    }
    const name = pathname.slice(1)
    const before = visits.get(name) ?? []
    const id = request.headers['last-event-id']
    visits.set(name, [...before, typeof id === 'string' ? Buffer.from(id, 'latin1').toString() : undefined])
    const plan: Planned[] = JSON.parse(searchParams.get('plan') ?? '[{}]')
    const { status = 200, headers = STREAM, body = '', open: stays } = plan[before.length] ?? plan.at(-1) ?? {}
    response.writeHead(status, headers)
    if (!stays) return response.end(body)
    response.flushHeaders()
    response.write(body)
    open.set(name, (open.get(name) ?? 0) + 1)
    response.on('close', () => open.set(name, (open.get(name) ?? 0) - 1))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    visits: (name) => visits.get(name) ?? [],
    open: (name) => open.get(name) ?? 0,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
