import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RefuseFault } from './faults.js'

/** What a proxy says when it does not let something pass: HTML, to whoever asked for something else. */
export function refusalPage(status: number): string {
  return `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1><hr>middlebox</body></html>\n`
}

/** @param readable whether a page of another origin may see the status; else it sees a network error */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, retryAfter }: RefuseFault,
  readable: boolean,
): void {
  const headers: Record<string, string> = { 'content-type': 'text/html' }
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  if (readable) {
    headers['access-control-allow-origin'] = request.headers.origin ?? '*'
    headers['access-control-allow-credentials'] = 'true'
    headers['access-control-expose-headers'] = 'retry-after'
  }
  response.writeHead(status, headers)
  response.end(refusalPage(status))
}
