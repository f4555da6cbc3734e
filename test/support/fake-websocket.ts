import { vi } from 'vitest'

/** A WebSocket in the hands of a test. */
export class FakeWebSocket {
  binaryType = 'blob'
  onopen: ((event: unknown) => void) | null = null
  onmessage: ((event: unknown) => void) | null = null
  onclose: ((event: unknown) => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  readonly sent: unknown[] = []
  /** Whether the page closed it. */
  closed = false
  readonly url: string
  readonly protocols: unknown

  constructor(url: string, protocols?: unknown) {
    this.url = url
    this.protocols = protocols
  }
  send(data: unknown): void {
    this.sent.push(data)
  }
  close(): void {
    this.closed = true
  }
  /** The server accepts. */
  open(): void {
    this.onopen?.({})
  }
  /** The server says something. */
  message(data: unknown): void {
    this.onmessage?.({ data })
  }
  /** It is closed by the server, or breaks (1006). */
  end(code: number, reason = ''): void {
    this.onerror?.({})
    this.onclose?.({ code, reason, wasClean: code !== 1006 })
  }
}

/** Puts it in place of the platform's; returns all that are made, in order. */
export function fakeWebSockets(): FakeWebSocket[] {
  const sockets: FakeWebSocket[] = []
  vi.stubGlobal(
    'WebSocket',
    class extends FakeWebSocket {
      constructor(url: string, protocols?: unknown) {
        super(url, protocols)
        // As the platform does: a URL that is none throws.
        new URL(url)
        sockets.push(this)
      }
    },
  )
  return sockets
}
