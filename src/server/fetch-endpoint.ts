import type { CarrierEvents } from './carrier.js'
import type { Core } from './core.js'
import type { Exchange, Writer } from './exchange.js'
import { serveHttp } from './http-endpoint.js'
import { Refusal } from './refusal.js'

/** Answers a web-standard request: Hono, Deno, Bun, workers. */
export function serveFetch(core: Core, request: Request): Promise<Response> {
  return new Promise((resolve) => {
    serveHttp(core, new FetchExchange(request, resolve))
  })
}

class FetchExchange implements Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly #request: Request
  readonly #resolve: (response: Response) => void

  constructor(request: Request, resolve: (response: Response) => void) {
    this.method = request.method
    this.url = new URL(request.url)
    this.headers = request.headers
    this.#request = request
    this.#resolve = resolve
    // Whoever called must not wait for ever for the answer to a request that it gave up.
    request.signal.addEventListener('abort', () => resolve(new Response(null, { status: 499 })), { once: true })
  }

  get gone(): boolean {
    return this.#request.signal.aborted
  }

  header(name: string): string | null {
    return this.headers.get(name)
  }

  async body(limit: number): Promise<string> {
    const reader = this.#request.body?.getReader()
    const decoder = new TextDecoder()
    let text = ''
    let bytes = 0
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > limit) {
        await reader?.cancel().catch(() => {})
        throw new Refusal('too-large', `The body is larger than ${limit} bytes.`)
      }
      text += decoder.decode(value, { stream: true })
    }
  }

  respond(status: number, headers: Record<string, string>, body?: string): void {
    this.#resolve(new Response(body ?? null, { status, headers }))
  }

  stream(headers: Record<string, string>, events: CarrierEvents): Writer {
    const writer = new StreamWriter(events)
    this.#request.signal.addEventListener('abort', () => writer.destroy(), { once: true })
    this.#resolve(new Response(writer.body, { headers }))
    return writer
  }
}

/** How much the runtime may take in advance; `queued` counts from there. */
const AHEAD = 65_536

class StreamWriter implements Writer {
  readonly body: ReadableStream<Uint8Array>
  readonly #events: CarrierEvents
  readonly #encoder = new TextEncoder()
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(events: CarrierEvents) {
    this.#events = events
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => events.drained(),
        cancel: () => this.#over(),
      },
      // As ByteLengthQueuingStrategy counts, which simulated documents hide.
      { highWaterMark: AHEAD, size: (chunk) => chunk.byteLength },
    )
  }

  get queued(): number {
    return AHEAD - (this.#controller?.desiredSize ?? AHEAD)
  }

  write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text))
  }

  end(): void {
    this.#controller?.close()
    this.#over()
  }

  destroy(): void {
    this.#controller?.error(new Error('The stream was cut.'))
    this.#over()
  }

  #over(): void {
    if (this.#controller === undefined) return
    this.#controller = undefined
    // Never while the connection is still being made.
    queueMicrotask(() => this.#events.closed())
  }
}
