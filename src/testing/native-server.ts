import type { Authorize } from '../server/authorization.js'
import type { Carrier } from '../server/carrier.js'
import { Connection } from '../server/connection.js'
import { converse } from '../server/conversation.js'
import { type Core, createCore } from '../server/core.js'
import { judgeOrigin } from '../server/origin.js'
import { Refusal } from '../server/refusal.js'
import { createWebHub, type WebHub } from '../server/web-hub.js'
import type { MockedServer } from './base-mock.js'
import { losableHistory } from './losable-history.js'
import type { Way } from './network.js'
import type { SocketLine } from './socket-line.js'
import type { MockClient, MockMessage, MockOptions } from './types.js'

/** The server half of Holdfast itself, without a network. */
export class NativeServer implements MockedServer {
  readonly hub: WebHub
  /** In place of the option, as long as it is there. */
  handler: MockOptions['onMessage']
  readonly #core: Core
  readonly #lose: () => Promise<void>
  /** Tokens that were good once. */
  readonly #seen = new Set<string>()
  #expired: ReadonlySet<string> = new Set()

  constructor(options: MockOptions, received: (message: MockMessage) => void) {
    const { authorize, allowedOrigins = () => true, history, onMessage, ...rest } = options
    const losable = losableHistory(history)
    this.#lose = losable.lose
    this.#core = createCore({
      ...rest,
      allowedOrigins,
      history: losable.history,
      authorize: authorize && this.#watch(authorize),
    })
    this.hub = createWebHub(this.#core)
    this.hub.onMessage((message, client) => {
      const { type, data, publish } = message
      received({ type, data, client: client.id, principal: client.principal, transport: client.transport })
      return (this.handler ?? onMessage)?.({ type, data, publish }, client)
    })
  }

  /** Who has been let in. */
  get clients(): MockClient[] {
    return [...this.hub.clients]
      .filter(({ principal }) => principal !== undefined)
      .map(({ id, principal, transport, topics }) => ({ id, principal, transport, topics }))
  }

  wayOf({ method, url }: Request): Way {
    if (method !== 'GET') return 'post'
    return new URL(url).searchParams.get('carrier') === 'poll' ? 'long-poll' : 'sse'
  }

  allows({ host }: URL): boolean {
    return judgeOrigin(originOfPage(), host, this.#core.allowedOrigins) !== 'refused'
  }

  fetch(request: Request): Promise<Response> {
    return this.hub.fetch(request)
  }

  accept(line: SocketLine): void {
    const { url } = line
    const facts = this.#core.authorizer.remember(() => {
      const headers = new Headers({ host: url.host })
      return { headers, origin: originOfPage(), url: url.pathname + url.search, transport: 'websocket' }
    })
    const connection = new Connection(this.#core, facts, () => new LineCarrier(line))
    const conversation = converse(this.#core, connection, url.searchParams)
    line.listener = {
      message(data) {
        if (typeof data === 'string') conversation.receive(new TextEncoder().encode(data).length, () => data)
        else line.close(1003, 'Binary messages are not used.')
      },
      closed() {
        conversation.over()
        connection.closed()
      },
    }
  }

  publish(...event: Parameters<WebHub['publish']>): Promise<string | undefined> {
    const published = this.hub.publish(...event)
    // A hub waits for the rest of the turn, to say all of it in one piece. Where a fake clock stands still no turn ends.
    published.then(
      () => this.#core.feed.flush(),
      () => {},
    )
    return published
  }

  /** Ends what the tokens of now have opened, and takes none of them any more. */
  expireTokens(): void {
    this.#expired = new Set(this.#seen)
    this.hub.disconnect(() => true, { code: 'expired', message: 'This token has expired.' })
  }

  loseHistory(): Promise<void> {
    return this.#lose()
  }

  expel(): void {
    this.hub.disconnect(() => true, { code: 'bad-request', message: 'The test that opened this connection is over.' })
  }

  close(): Promise<void> {
    return this.hub.close()
  }

  #watch(authorize: Authorize): Authorize {
    return async (request) => {
      const token = request.headers.get('authorization')
      if (token !== null && this.#expired.has(token)) return null
      const grant = await authorize(request)
      if (token !== null && grant && !('status' in grant)) this.#seen.add(token)
      return grant
    }
  }
}

/** Outside a page there is none. */
function originOfPage(): string | null {
  return globalThis.location?.origin ?? null
}

/** Brings a hub's text to a WebSocket of msw's. */
class LineCarrier implements Carrier {
  readonly transport = 'websocket'
  readonly queued = 0
  silent = 0
  readonly #line: SocketLine

  constructor(line: SocketLine) {
    this.#line = line
  }

  write(text: string): void {
    this.silent = 0
    this.#line.send(text)
  }

  greet(text: string): void {
    this.write(text)
  }

  end(why: Refusal | 'close' | 'done'): void {
    if (why instanceof Refusal) this.#line.close(why.close, why.code)
    else this.#line.close(1012, 'The server is about to stop.')
  }

  destroy(): void {
    this.#line.cut()
  }
}
