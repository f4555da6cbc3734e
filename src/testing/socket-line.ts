import type { Line, LineEvents } from './network.js'

/** The slice of msw's side of a WebSocket that is used. */
export interface SocketPeer {
  readonly url: URL
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  /** The page's own. */
  readonly socket?: Pick<WebSocket, 'readyState' | 'addEventListener'>
}

/** What a server hears of a WebSocket. */
export interface SocketListener {
  message(data: unknown): void
  /** Once. */
  closed(): void
}

/** A WebSocket on its way between a page and the server. */
export class SocketLine implements Line {
  readonly way = 'websocket'
  readonly url: URL
  listener: SocketListener | undefined
  readonly #peer: SocketPeer
  readonly #events: LineEvents
  /** What has not passed yet, in either direction. */
  readonly #held: (() => void)[] = []
  #obstacle: Line['obstacle']
  /** The server may say something. */
  #open = true
  #over = false

  constructor(peer: SocketPeer, events: LineEvents) {
    this.#peer = peer
    this.#events = events
    this.url = peer.url
  }

  get obstacle(): Line['obstacle'] {
    return this.#obstacle
  }

  set obstacle(obstacle: Line['obstacle']) {
    this.#obstacle = obstacle
    if (obstacle === undefined) for (const pass of this.#held.splice(0)) pass()
  }

  cut(): void {
    this.#held.splice(0)
    this.#peer.close(1006)
    this.over()
  }

  /** To the page. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#pass(() => this.#peer.send(data))
  }

  close(code: number, reason?: string): void {
    this.#pass(() => {
      const close = () => queueMicrotask(() => this.#peer.close(code, reason))
      // msw drops what is on its way to the page when it closes: not before it is there, nor before there is an open socket.
      queueMicrotask(() => {
        const { socket } = this.#peer
        if (socket?.readyState === 0) socket.addEventListener('open', close)
        else close()
      })
      this.#open = false
    })
  }

  /** From the page. */
  receive(data: unknown): void {
    this.#pass(() => this.listener?.message(data))
  }

  /** It is closed, by whomever. */
  over(): void {
    if (this.#over) return
    this.#over = true
    this.#open = false
    // Never while the server is still being told of it.
    queueMicrotask(() => this.listener?.closed())
    queueMicrotask(() => this.#events.gone(this))
  }

  #pass(piece: () => void): void {
    if (!this.#open) return
    if (this.#obstacle !== undefined) this.#held.push(piece)
    else piece()
    this.#events.moved()
  }
}
