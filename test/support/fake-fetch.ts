import { vi } from 'vitest'

/** One request, in the hands of a test. */
export interface FakeRequest {
  readonly url: URL
  readonly init: RequestInit
  readonly headers: Headers
  readonly method: string
  readonly signal: AbortSignal | null | undefined
  /** Whether the page let go of the body. */
  readonly cancelled: boolean
  /** Answers with a whole body. */
  answer(body: string | null, init?: ResponseInit): void
  /** Answers with headers, and a body that follows. */
  begin(init?: ResponseInit): void
  /** A piece of the body. */
  write(piece: string | Uint8Array<ArrayBuffer>): void
  /** The end of the body. */
  end(): void
  /** The network breaks: before the answer, or in the body. */
  break(): void
}

export interface FakeFetch {
  readonly requests: FakeRequest[]
  /** Only those that are no POST. */
  readonly gets: FakeRequest[]
  readonly posts: FakeRequest[]
}

const STREAM = { 'content-type': 'text/event-stream' }

/** A `fetch` that answers nothing by itself: a test plays the server. Aborts as the standard says. */
export function fakeFetch(): FakeFetch {
  const requests: FakeRequest[] = []
  vi.stubGlobal('fetch', (input: string, init: RequestInit = {}) => {
    // What the platform would refuse is refused here too.
    const asked = new Request(input, init)
    return new Promise<Response>((resolve, reject) => {
      const { signal } = init
      let body: ReadableStreamDefaultController<Uint8Array> | undefined
      let cancelled = false
      const abort = () => {
        const error = new DOMException('aborted', 'AbortError')
        reject(error)
        if (!cancelled) body?.error(error)
        cancelled = true
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      const respond = (content: ReadableStream | string | null, more: ResponseInit = {}) => {
        const response = new Response(content, { headers: STREAM, ...more })
        Object.defineProperty(response, 'url', { value: input })
        resolve(response)
      }
      requests.push({
        url: new URL(input),
        init,
        headers: asked.headers,
        method: asked.method,
        signal,
        get cancelled() {
          return cancelled
        },
        answer: respond,
        begin: (more) =>
          respond(
            new ReadableStream({
              start: (controller) => {
                body = controller
              },
              cancel: () => {
                cancelled = true
              },
            }),
            more,
          ),
        // As on a network: what nobody reads any more is lost.
        write: (piece) =>
          cancelled || body?.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece),
        end: () => cancelled || body?.close(),
        break: () => {
          const error = new TypeError('network')
          reject(error)
          body?.error(error)
        },
      })
    })
  })
  return {
    requests,
    get gets() {
      return requests.filter(({ method }) => method === 'GET')
    },
    get posts() {
      return requests.filter(({ method }) => method === 'POST')
    },
  }
}
