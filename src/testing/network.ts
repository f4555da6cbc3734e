import { HttpResponse } from 'msw'
import type { TransportName } from '../server/carrier.js'
import { BodyLine } from './body-line.js'
import { SocketLine, type SocketPeer } from './socket-line.js'

/** How something travels: the three transports, and `post` for what a page sends by a POST of its own. */
export type Way = TransportName | 'post'

type Obstacle = 'block' | 'hang' | 'buffer'

/** Something that is open between a page and the server, and what can happen to it on the way. */
export interface Line {
  readonly way: Way
  /** What holds up all that is said on it. Where it is taken away, what was held up passes. */
  obstacle: Extract<Obstacle, 'hang' | 'buffer'> | undefined
  /** Breaks without a word to either side. */
  cut(): void
}

/** What a mocked server is to the network: it answers requests and talks on WebSockets. */
export interface Backend {
  wayOf(request: Request): Way
  /** Whether the page of this test may speak to it at all. A browser does not show the page the answer otherwise. */
  allows(url: URL): boolean
  fetch(request: Request): Promise<Response>
  accept(line: SocketLine): void
}

const WAYS: readonly Way[] = ['websocket', 'sse', 'long-poll', 'post']
const BUFFERED: readonly Way[] = ['sse', 'long-poll']

/** What stands between pages and a mocked server: it lets everything pass until it is told otherwise. */
export class Network {
  readonly #lines = new Set<Line>()
  readonly #obstacles = new Map<Way, Obstacle>()
  /** Something was said on the way. */
  readonly #moved: () => void
  #down = false

  constructor(moved: () => void) {
    this.#moved = moved
  }

  /** @throws {TypeError} for a way that does not exist */
  put(obstacle: Obstacle, way: Way): void {
    known(obstacle, way, obstacle === 'buffer' ? BUFFERED : WAYS)
    this.#obstacles.set(way, obstacle)
    for (const line of this.#of(way)) {
      if (obstacle === 'block') line.cut()
      else line.obstacle = obstacle
    }
  }

  /** Takes away what stands in one way, or in all. @throws {TypeError} for a way that does not exist */
  pass(way?: Way): void {
    if (way !== undefined) known('pass', way)
    for (const each of way === undefined ? [...this.#obstacles.keys()] : [way]) {
      this.#obstacles.delete(each)
      for (const line of this.#of(each)) line.obstacle = undefined
    }
  }

  /** Cuts what is open, of one way or of all. @throws {TypeError} for a way that does not exist */
  cut(way?: Way): void {
    if (way !== undefined) known('cut', way)
    for (const line of way === undefined ? [...this.#lines] : this.#of(way)) line.cut()
  }

  /** Whether nobody can be reached. */
  set down(down: boolean) {
    this.#down = down
    if (down) this.cut()
  }

  /** What becomes of a request on its way to the server, and of the answer on its way back. */
  async carry(backend: Backend, request: Request): Promise<Response> {
    const way = backend.wayOf(request)
    // A preflight is the browser's own: the request behind it meets the obstacle.
    const obstacle = request.method === 'OPTIONS' ? undefined : this.#obstacles.get(way)
    if (this.#down || obstacle === 'block' || !backend.allows(new URL(request.url))) return HttpResponse.error()
    if (obstacle === 'hang') return new Promise<never>(() => {})
    const response = await backend.fetch(request)
    this.#moved()
    // It may have taken its time.
    if (this.#down || this.#obstacles.get(way) === 'block') {
      response.body?.cancel().catch(() => {})
      return HttpResponse.error()
    }
    if (response.body === null) return response
    const line = new BodyLine(way, request, response.body, this.#open())
    this.#add(line)
    return line.answer(response)
  }

  /** Whether a WebSocket's handshake is answered. One that is refused is closed, one that hangs is left to itself. */
  admits(backend: Backend, peer: SocketPeer): boolean {
    const obstacle = this.#obstacles.get('websocket')
    const refused = this.#down || obstacle === 'block' || !backend.allows(peer.url)
    if (refused) peer.close(1006)
    return !refused && obstacle !== 'hang'
  }

  /** What becomes of a WebSocket that was admitted. */
  connect(backend: Backend, peer: SocketPeer): SocketLine {
    const line = new SocketLine(peer, this.#open())
    this.#add(line)
    backend.accept(line)
    this.#moved()
    return line
  }

  #open(): LineEvents {
    return { moved: this.#moved, gone: (line) => this.#lines.delete(line) && this.#moved() }
  }

  #add(line: Line): void {
    const obstacle = this.#obstacles.get(line.way)
    line.obstacle = obstacle === 'block' ? undefined : obstacle
    this.#lines.add(line)
  }

  #of(way: Way): Line[] {
    return [...this.#lines].filter((line) => line.way === way)
  }
}

/** What a line tells the network. */
export interface LineEvents {
  moved(): void
  gone(line: Line): void
}

function known(call: string, way: Way, ways = WAYS): void {
  if (!ways.includes(way))
    throw new TypeError(
      `mock.${call}: there is no transport ${JSON.stringify(way)} here. There are: ${ways.join(', ')}.`,
    )
}
