import type { WebSocketLike } from '../../../src/kit/env.js'
import type { Random } from './random.js'
import type { Tab } from './tab.js'

/** What a server sees of a request. */
export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Who the browser's cookie says it is. */
  readonly cookie: string
}

/** The server's end of a WebSocket. */
export interface Peer {
  say(text: string): void
  close(code: number): void
}

/** What a server does with what a client says on a WebSocket. */
export interface Listener {
  message(text: string): void
  closed(): void
}

export interface Server {
  answer(asked: Asked): { status: number; body: string }
  accept(asked: Asked, peer: Peer): Listener
}

/** A half-open connection is noticed by the server after so many ms. */
const HALF_OPEN = 30_000
/** How long an answer may take beside what the network takes, in ms. */
const SLOW_ANSWER = 60
const STREAM = { 'content-type': 'text/event-stream; charset=utf-8' }
const JSON_TYPE = { 'content-type': 'application/json' }

/** What lies between the tabs of one browser and the server. */
export class Network {
  /** `down`: nothing can be reached. `hangs`: what begins gets no answer for a long time. */
  mode: 'up' | 'down' | 'hangs' = 'up'
  /** How likely an answer is lost after the server has done what was asked. */
  lossiness = 0
  /** How likely something takes far longer than the rest. */
  slowness = 0
  /** Who the browser's cookie said it was, and since when. */
  readonly cookies: { readonly at: number; readonly user: string }[] = []
  readonly links = new Set<Link>()
  /** Requests that came to nothing. */
  readonly failures: { readonly at: number; readonly tab: Tab }[] = []
  readonly random: Random
  readonly #server: Server

  constructor(server: Server, random: Random) {
    this.#server = server
    this.random = random
  }

  /** Who the browser's cookie says it is. */
  get cookie(): string {
    return this.cookies.at(-1)?.user ?? ''
  }

  latency(): number {
    return this.random.chance(this.slowness) ? this.random.between(20, 200) : this.random.between(1, 20)
  }

  /** The class for one tab. */
  webSocketOf(tab: Tab): new (url: string) => WebSocketLike {
    const network = this
    const server = this.#server
    return class extends Link {
      constructor(url: string) {
        super(url, tab, network, server)
      }
    }
  }

  fetchOf(tab: Tab): (input: string, init?: RequestInit) => Promise<Response> {
    return (input, { method = 'GET', headers, body, signal, keepalive } = {}) =>
      new Promise((resolve, reject) => {
        const fail = () => {
          this.failures.push({ at: tab.clock.now, tab })
          tab.task('network', () => reject(new TypeError('Failed to fetch')))
        }
        const asked: Asked = {
          method,
          url: new URL(input),
          headers: Object.fromEntries(new Headers(headers)),
          body: typeof body === 'string' ? body : '',
          cookie: this.cookie,
        }
        if (signal?.aborted) return reject(signal.reason)
        signal?.addEventListener('abort', () => reject(signal.reason))
        tab.clock.after(this.latency(), () => {
          // What was already on its way may arrive although nobody waits for it any more.
          if ((tab.condition === 'gone' || signal?.aborted) && !keepalive && this.random.chance(0.5)) return
          if (this.mode === 'hangs') return tab.clock.after(this.random.between(5_000, 40_000), fail)
          if (this.mode === 'down') return fail()
          const { status, body } = this.#server.answer(asked)
          const lost = this.random.chance(this.lossiness)
          // An answer may need its time: what was said on a WebSocket after it was made may be heard before it.
          tab.clock.after(this.latency() + this.random.between(0, SLOW_ANSWER), () => {
            if (lost) return fail()
            const type = status === 200 ? STREAM : JSON_TYPE
            tab.task('network', () => resolve(new Response(body, { status, headers: type })))
          })
        })
      })
  }

  /** The browser's side is told at once, or never. */
  cut(link: Link, told: boolean): void {
    link.cut(told)
  }
}

/** One WebSocket, and the way it takes. In each direction nothing overtakes. */
export class Link implements WebSocketLike {
  binaryType = 'blob'
  onopen: ((event: unknown) => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  readonly tab: Tab
  readonly #network: Network
  #listener: Listener | undefined
  /** The page let go of it, or was told that it is over. */
  #over = false
  /** Nothing passes any more. */
  #dead = false
  #lastUp = 0
  #lastDown = 0

  constructor(url: string, tab: Tab, network: Network, server: Server) {
    this.tab = tab
    this.#network = network
    network.links.add(this)
    const asked: Asked = { method: 'GET', url: new URL(url), headers: {}, body: '', cookie: network.cookie }
    tab.leave.add((crashed) => {
      this.#over = true
      tab.clock.after(crashed ? network.random.between(0, 100) : 0, () => this.#hangUp())
    })
    this.#up(() => {
      if (network.mode === 'hangs') return
      if (network.mode === 'down' || this.#over) return this.cut(true)
      // What the server says at once comes behind the answer to the handshake.
      this.#down(() => this.onopen?.({}))
      this.#listener = server.accept(asked, {
        say: (text) => this.#down(() => this.onmessage?.({ data: text })),
        close: (code) => {
          this.#forget()
          this.#down(() => this.#tell(code))
        },
      })
    })
  }

  /** Whether the server holds it open. */
  get open(): boolean {
    return this.#listener !== undefined
  }

  send(data: string | BufferSource | Blob): void {
    this.#up(() => this.#listener?.message(String(data)))
  }
  close(): void {
    if (this.#over) return
    this.#over = true
    this.#up(() => this.#hangUp())
  }

  /** Nothing passes any more, and who is not told has to find out. */
  cut(told: boolean): void {
    if (this.#dead) return
    this.#dead = true
    const { clock } = this.tab
    if (!told) return void clock.after(HALF_OPEN, () => this.#forget())
    this.#forget()
    clock.after(this.#network.latency(), () => this.tab.task('network', () => this.#over || this.#tell(1006)))
  }

  #hangUp(): void {
    if (!this.#dead) this.#forget()
    this.#dead = true
  }
  #forget(): void {
    this.#listener?.closed()
    this.#listener = undefined
    this.#network.links.delete(this)
  }
  #tell(code: number): void {
    this.#over = true
    this.onclose?.({ code, reason: '' })
  }
  #up(run: () => void): void {
    const { clock } = this.tab
    this.#lastUp = Math.max(this.#lastUp, clock.now + this.#network.latency())
    clock.at(this.#lastUp, () => this.#dead || run())
  }
  #down(run: () => void): void {
    const { clock } = this.tab
    this.#lastDown = Math.max(this.#lastDown, clock.now + this.#network.latency())
    clock.at(this.#lastDown, () => {
      if (!this.#dead) this.tab.task('network', () => this.#over || run())
    })
  }
}
