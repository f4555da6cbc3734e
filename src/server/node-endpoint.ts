import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CarrierEvents } from './carrier.js'
import type { Core } from './core.js'
import type { Exchange, Writer } from './exchange.js'
import { serveHttp } from './http-endpoint.js'
import { Refusal } from './refusal.js'
import { PACKET } from './render.js'
import { sharedBytes } from './shared-bytes.js'

/** Answers a request of Node's server, without web streams in between: those cost more than all the rest. */
export function serveNode(core: Core, request: IncomingMessage, response: ServerResponse): void {
  serveHttp(core, new NodeExchange(request, response, core.limits.stalled))
}

/** The request's headers, as `authorize` sees them. */
export function readHeaders(request: IncomingMessage): Headers {
  const headers = new Headers()
  // HTTP/2 has names that begin with a colon, which are none.
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !name.startsWith(':')) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  return headers
}

/** The address that was asked for. What is in front of the path is of no weight: it is made up where it is not known. */
export function readUrl(request: IncomingMessage): URL | undefined {
  const { url = '/' } = request
  // Not relative to a base: `//host/path` is a path here.
  const address = url.startsWith('/') ? `http://localhost${url}` : url
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

class NodeExchange implements Exchange {
  readonly method: string
  readonly url: URL
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #stalled: number

  constructor(request: IncomingMessage, response: ServerResponse, stalled: number) {
    this.method = request.method ?? 'GET'
    this.url = readUrl(request) ?? new URL('http://localhost')
    this.#request = request
    this.#response = response
    this.#stalled = stalled
    // A client that breaks off is no error of ours.
    response.on('error', () => {})
  }

  get headers(): Headers {
    return readHeaders(this.#request)
  }

  get gone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded
  }

  header(name: string): string | null {
    return this.#request.headers[name]?.toString() ?? null
  }

  async body(limit: number): Promise<string> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of this.#request.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) continue
      bytes += chunk.byteLength
      if (bytes > limit) throw new Refusal('too-large', `The body is larger than ${limit} bytes.`)
      chunks.push(Buffer.from(chunk))
    }
    return Buffer.concat(chunks).toString()
  }

  respond(status: number, headers: Record<string, string>, body?: string): void {
    // The rest of a body that is not wanted need not be read.
    if (!this.#request.complete && this.method === 'POST') this.#response.setHeader('connection', 'close')
    this.#response.writeHead(status, headers)
    this.#response.end(body)
  }

  stream(headers: Record<string, string>, events: CarrierEvents): Writer {
    const response = this.#response
    response.on('drain', () => events.drained())
    response.once('close', () => events.closed())
    response.writeHead(200, headers)
    return new NodeWriter(response, this.#stalled)
  }
}

/** Holds no more of the request than the response does. */
class NodeWriter implements Writer {
  readonly #response: ServerResponse
  readonly #stalled: number

  constructor(response: ServerResponse, stalled: number) {
    this.#response = response
    this.#stalled = stalled
  }

  get queued(): number {
    return this.#response.writableLength
  }

  write(text: string): void {
    const response = this.#response
    if (response.writableEnded) return
    response.write(sharedBytes(text))
    // Node holds back what is written in one turn, to send it together: in a burst, until all of it was published.
    if (text.length >= PACKET) response.socket?.uncork()
  }

  end(): void {
    this.#response.end()
    cutIfStalled(this.#response, this.#stalled)
  }

  destroy(): void {
    this.#response.destroy()
  }
}

/**
 * The rest of an answer that is never read must not stay here for ever. The socket's own timer is the only one that sees
 * progress in the midst of a large write; afterwards it is again as the application has set it.
 */
function cutIfStalled(response: ServerResponse, stalled: number): void {
  const { socket } = response
  if (socket === null || response.writableFinished) return
  const { timeout = 0 } = socket
  response.setTimeout(stalled, () => response.destroy())
  // Before Node's own listener, which sets the timer for the next request on this socket.
  response.prependOnceListener('finish', () => socket.setTimeout(timeout))
}
