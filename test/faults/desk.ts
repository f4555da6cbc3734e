import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Order, Report } from './page/messages.js'

/** Where a world hears of its pages. */
export interface DeskClient {
  /** @returns what the page shall do */
  report(report: Report): Order[]
  token(): string
}

/** Pages report here, and take their orders: a way of their own beside the faults, the same for all browsers. */
export class Desk {
  readonly #server: Server
  /** By the name of the tab. */
  readonly clients = new Map<string, DeskClient>()
  reports = 0

  constructor() {
    this.#server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://desk')
      response.setHeader('access-control-allow-origin', '*')
      if (pathname === '/elsewhere') return response.setHeader('content-type', 'text/html').end(elsewhere)
      if (pathname === '/token') return response.end(this.clients.get(searchParams.get('tab') ?? '')?.token() ?? '')
      if (pathname !== '/report') return response.writeHead(404).end()
      const body = await text(request).catch(() => '')
      if (body === '') return response.destroy()
      const report: Report = JSON.parse(body)
      this.reports++
      return response.end(JSON.stringify(this.clients.get(report.tab)?.report(report) ?? []))
    })
    this.#server.keepAliveTimeout = 60_000
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A page that goes back by itself. */
const elsewhere = `<!doctype html><title>Elsewhere</title><script>
addEventListener('pageshow', () => setTimeout(() => history.back(), Number(new URLSearchParams(location.search).get('ms'))))
</script>`
