import { corsHeaders, preflightHeaders } from '../server/origin.js'
import type { MockedServer } from './base-mock.js'
import type { Way } from './network.js'
import type { SocketLine } from './socket-line.js'
import type { MockClient, PlainMockMessage, PlainPublishOptions } from './types.js'

interface Entry {
  readonly id: number
  readonly text: string
}

/** An answer that is open: a stream, or a poll that waits for something to say. */
interface Listener {
  readonly transport: Way
  tell(text: string): void
  end(): void
}

const STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

/** A server as there are many: it pushes what is published, and knows nothing of acknowledgements or gaps. */
export class PlainServer implements MockedServer {
  readonly #wait: number
  readonly #received: (message: PlainMockMessage) => void
  readonly #sockets = new Set<SocketLine>()
  readonly #listeners = new Set<Listener>()
  readonly #entries: Entry[] = []

  constructor(wait: number, received: (message: PlainMockMessage) => void) {
    this.#wait = wait
    this.#received = received
  }

  get clients(): MockClient[] {
    const transports: Way[] = [...this.#sockets].map(({ way }) => way)
    transports.push(...[...this.#listeners].map(({ transport }) => transport))
    return transports.map((transport) => ({ id: undefined, principal: undefined, transport, topics: [] }))
  }

  publish(data: string | Uint8Array<ArrayBuffer>, { type }: PlainPublishOptions): void {
    for (const socket of this.#sockets) socket.send(data)
    if (typeof data !== 'string') {
      if (type !== undefined)
        throw new TypeError('mock.publish: bytes travel on a WebSocket, where nothing has a type.')
      return
    }
    const id = this.#entries.length + 1
    const lines = data.split(/\r\n|[\r\n]/).map((line) => `data: ${line}\n`)
    const text = `id: ${id}\n${type === undefined ? '' : `event: ${type}\n`}${lines.join('')}\n`
    this.#entries.push({ id, text })
    for (const listener of [...this.#listeners]) listener.tell(text)
  }

  /** Most plain servers do not look. */
  allows(): boolean {
    return true
  }

  /** By what plain() says that it takes. */
  wayOf({ method, headers }: Request): Way {
    if (method !== 'GET') return 'post'
    return headers.get('accept')?.includes('application/json') ? 'long-poll' : 'sse'
  }

  async fetch(request: Request): Promise<Response> {
    const { method, headers } = request
    const cors = corsHeaders(headers.get('origin'), 'listed')
    if (method === 'OPTIONS') {
      const allowed = preflightHeaders(headers.get('access-control-request-headers'))
      return new Response(null, { status: 204, headers: { ...cors, ...allowed } })
    }
    if (method !== 'GET') {
      this.#received({ type: 'message', data: await request.text(), transport: 'post' })
      return new Response(null, { status: 204, headers: cors })
    }
    const way = this.wayOf(request)
    const after = headers.get('last-event-id')
    const missed = after === null ? [] : this.#entries.filter(({ id }) => id > Number(after))
    const text = missed.map((entry) => entry.text).join('')
    const answer = { headers: { ...STREAM, ...cors } }
    if (way === 'sse') return new Response(this.#stream(text), answer)
    const said = text || (await this.#poll(request.signal))
    return said ? new Response(said, answer) : new Response(null, { status: 204, headers: cors })
  }

  accept(line: SocketLine): void {
    this.#sockets.add(line)
    line.listener = {
      message: (data) => {
        if (typeof data === 'string' || data instanceof ArrayBuffer)
          this.#received({ type: 'message', data, transport: 'websocket' })
        else if (ArrayBuffer.isView(data))
          this.#received({ type: 'message', data: new Uint8Array(bytesOf(data)).buffer, transport: 'websocket' })
      },
      closed: () => this.#sockets.delete(line),
    }
  }

  expel(): void {
    for (const socket of this.#sockets) socket.cut()
    for (const listener of [...this.#listeners]) listener.end()
  }

  async close(): Promise<void> {
    this.expel()
  }

  #stream(text: string): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder()
    let listener: Listener
    return new ReadableStream({
      start: (controller) => {
        listener = {
          transport: 'sse',
          tell: (said) => controller.enqueue(encoder.encode(said)),
          end: () => {
            this.#listeners.delete(listener)
            controller.close()
          },
        }
        this.#listeners.add(listener)
        // The headers leave with the first bytes.
        listener.tell(`:\n\n${text}`)
      },
      cancel: () => void this.#listeners.delete(listener),
    })
  }

  /** What is said next; nothing where that takes too long, or nobody waits for it any more. */
  #poll(signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      const tell = (text: string) => {
        this.#listeners.delete(listener)
        clearTimeout(timer)
        resolve(text)
      }
      const listener: Listener = { transport: 'long-poll', tell, end: () => tell('') }
      const timer = setTimeout(listener.end, this.#wait)
      signal.addEventListener('abort', listener.end)
      this.#listeners.add(listener)
    })
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
