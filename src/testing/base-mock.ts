import { createHandlers } from './handlers.js'
import type { Inbox } from './inbox.js'
import { type Backend, Network, type Way } from './network.js'
import { turnUntil } from './turns.js'
import type { BufferedTransport, Mock, MockClient } from './types.js'

/** What the server behind a mock is, of either kind. A new one after each reset. */
export interface MockedServer extends Backend {
  readonly clients: MockClient[]
  /** Turns away who is still there; for good, where the protocol has a word for it. */
  expel(): void
  /** Ends everything. */
  close(): Promise<void>
}

/** Who waits for somebody to connect. */
interface Waiting {
  readonly transport: Way | undefined
  resolve(client: MockClient): void
  reject(error: Error): void
}

/** How often the event loop may turn until a page that was closed has left: far more often than that takes. */
const LEAVING = 200
/** How often it turns without anything being said until nothing is under way: a request takes some turns to get here. */
const QUIET = 50

/** What mocked servers of both kinds have in common: the way to the server, and a look at who is there. */
export abstract class BaseMock<Server extends MockedServer, Message extends { readonly type: string }>
  implements Mock<Message>
{
  readonly url: string
  readonly handlers: Mock<Message>['handlers']
  protected readonly inbox: Inbox<Message>
  protected server: Server
  readonly #make: () => Server
  readonly #network: Network
  readonly #waiting = new Set<Waiting>()
  /** How often something was said. */
  #moves = 0

  constructor(url: URL, inbox: Inbox<Message>, make: () => Server) {
    this.url = url.href
    this.inbox = inbox
    this.#make = make
    this.server = make()
    this.#network = new Network(() => {
      this.#moves += 1
      for (const waiting of [...this.#waiting]) this.#look(waiting)
    })
    const backend: Backend = {
      wayOf: (request) => this.server.wayOf(request),
      allows: (address) => this.server.allows(address),
      fetch: (request) => this.server.fetch(request),
      accept: (line) => this.server.accept(line),
    }
    this.handlers = createHandlers(url, this.#network, backend)
  }

  get clients(): readonly MockClient[] {
    return this.server.clients
  }

  get messages(): readonly Message[] {
    return this.inbox.messages
  }

  async connected(transport?: Way): Promise<MockClient> {
    const client = await new Promise<MockClient>((resolve, reject) => {
      const waiting = { transport, resolve, reject }
      this.#waiting.add(waiting)
      this.#look(waiting)
    })
    // The page is about to hear of it.
    await this.settled()
    return client
  }

  async settled(): Promise<void> {
    for (let before = -1; before !== this.#moves; ) {
      before = this.#moves
      await turnUntil(() => this.#moves !== before, QUIET)
    }
  }

  block(transport: Way): void {
    this.#network.put('block', transport)
  }

  hang(transport: Way): void {
    this.#network.put('hang', transport)
  }

  buffer(transport: BufferedTransport): void {
    this.#network.put('buffer', transport)
  }

  pass(transport?: Way): void {
    this.#network.pass(transport)
  }

  cut(transport?: Way): void {
    this.#network.cut(transport)
  }

  down(): void {
    this.#network.down = true
  }

  up(): void {
    this.#network.down = false
  }

  async reset(): Promise<void> {
    this.#network.pass()
    this.up()
    const allLeft = await turnUntil(() => this.clients.length === 0, LEAVING)
    const left = allLeft ? [] : [...this.clients]
    this.server.expel()
    const { server } = this
    this.server = this.#make()
    this.inbox.clear()
    for (const { transport, reject } of this.#waiting)
      reject(
        new Error(
          `mock.connected(${transport ? JSON.stringify(transport) : ''}) was still waiting when the mock was reset.`,
        ),
      )
    this.#waiting.clear()
    await this.settled()
    // Who has not heard of it by now never will.
    this.#network.cut()
    await server.close()
    if (left.length > 0) throw new Error(leftOpen(this.url, left))
  }

  #look(waiting: Waiting): void {
    const { transport } = waiting
    const client = this.clients.find((one) => transport === undefined || one.transport === transport)
    if (client === undefined) return
    this.#waiting.delete(waiting)
    waiting.resolve(client)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.reset()
  }
}

function leftOpen(url: string, clients: readonly MockClient[]): string {
  const named = clients.map(({ transport, id, principal, topics }) => {
    const who = [id && `client ${id}`, principal && `principal ${principal}`, topics.length > 0 && `topics ${topics}`]
    return [transport, ...who.filter(Boolean)].join(', ')
  })
  const what = clients.length === 1 ? 'a connection' : `${clients.length} connections`
  return (
    `The test left ${what} to ${url} open: ${named.join('; ')}. ` +
    'Close what it opens (connection.close(), or unmount the component) before mock.reset().'
  )
}
