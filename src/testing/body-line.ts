import type { Line, LineEvents, Way } from './network.js'

/** The body of an answer on its way to the page. */
export class BodyLine implements Line {
  readonly way: Way
  /** Held: its signal says nothing any more once nobody holds the request. */
  readonly request: Request
  readonly #events: LineEvents
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #body: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  /** What has not passed yet: pieces, and `undefined` for the end. */
  readonly #held: (Uint8Array | undefined)[] = []
  #obstacle: Line['obstacle']

  constructor(way: Way, request: Request, body: ReadableStream<Uint8Array>, events: LineEvents) {
    this.way = way
    this.request = request
    this.#events = events
    this.#reader = body.getReader()
    this.#body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
      cancel: () => this.#left(),
    })
    // msw 2 copies the body, so that a page that leaves does not cancel it.
    request.signal.addEventListener('abort', () => this.#left())
    if (request.signal.aborted) this.#left()
  }

  get obstacle(): Line['obstacle'] {
    return this.#obstacle
  }

  set obstacle(obstacle: Line['obstacle']) {
    this.#obstacle = obstacle
    if (obstacle === undefined) for (const piece of this.#held.splice(0)) this.#pass(piece)
  }

  cut(): void {
    const controller = this.#controller
    this.#gone()
    controller?.error(new TypeError('The connection was cut.'))
    this.#reader.cancel().catch(() => {})
  }

  /** The answer that the page gets: the same, with this body. */
  answer(response: Response): Response {
    this.#pump()
    const headers = new Headers(response.headers)
    // A body that breaks off would otherwise look like one that has ended.
    headers.set('transfer-encoding', 'chunked')
    const answer = new Response(this.#body, { status: response.status, headers })
    // msw's log reads a copy of what it answers, to its end: a body that has two readers never hears that one has left.
    if (canTransfer()) answer.clone = () => new Response(null, { status: response.status, headers })
    return answer
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read()
        this.#pass(done ? undefined : value)
        if (done) return
      }
    } catch {
      // The server broke it off.
      this.cut()
    }
  }

  #pass(piece: Uint8Array | undefined): void {
    // What buffers waits for the end.
    if (piece === undefined && this.#obstacle === 'buffer') this.obstacle = undefined
    if (this.#obstacle !== undefined) this.#held.push(piece)
    else if (piece !== undefined) this.#controller?.enqueue(piece)
    else {
      this.#controller?.close()
      this.#gone()
    }
    this.#events.moved()
  }

  /** The page has. */
  #left(): void {
    this.#gone()
    this.#reader.cancel().catch(() => {})
  }

  #gone(): void {
    this.#controller = undefined
    this.#events.gone(this)
  }
}

/** Where streams cannot be transferred to a service worker (Safari), msw sends it a copy that was read to its end. */
function canTransfer(): boolean {
  try {
    const stream = new ReadableStream()
    structuredClone(stream, { transfer: [stream] })
    return true
  } catch {
    return false
  }
}
