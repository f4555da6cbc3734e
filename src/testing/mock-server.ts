import type { EventMap } from '../types.js'
import { BaseMock } from './base-mock.js'
import { Inbox } from './inbox.js'
import { NativeServer } from './native-server.js'
import { PlainServer } from './plain-server.js'
import type {
  MockHandler,
  MockMessage,
  MockOptions,
  MockServer,
  PlainMockMessage,
  PlainMockOptions,
  PlainMockServer,
  PlainPublishOptions,
} from './types.js'

/**
 * A server for unit tests and preview pages, without a network: msw hands it what a page says, and everything behind that
 * is the server half of Holdfast itself.
 *
 * @param url where pages think that it is: relative to the page, http(s) or ws(s)
 * @param options those of a hub, where everything has a default; or `{ protocol: plain(), wait }` for a plain server
 * @throws {TypeError} for a URL or an option that cannot be
 */
export function mockServer(url: string | URL, options: PlainMockOptions): PlainMockServer
export function mockServer<Events extends object = EventMap, Sends extends object = EventMap>(
  url: string | URL,
  options?: MockOptions<Sends, Events>,
): MockServer<Events, Sends>
export function mockServer(url: string | URL, options: MockOptions | PlainMockOptions = {}): object {
  const address = readUrl(url)
  if (!isPlain(options)) return new NativeMock(address, options)
  if (options.protocol.native !== false)
    throw new TypeError('mockServer: protocol must be plain(), or be left out for the native one.')
  return new PlainMock(address, options)
}

class NativeMock extends BaseMock<NativeServer, MockMessage> implements MockServer {
  constructor(url: URL, options: MockOptions) {
    const inbox = new Inbox<MockMessage>()
    super(url, inbox, () => new NativeServer(options, (message) => inbox.add(message)))
  }

  get hub(): MockServer['hub'] {
    return this.server.hub
  }

  publish(...event: Parameters<MockServer['publish']>): Promise<string | undefined> {
    return this.server.publish(...event)
  }

  received(type?: string): Promise<MockMessage> {
    return this.inbox.take(type)
  }

  onMessage(handler: MockHandler): () => void {
    const { server } = this
    server.handler = handler
    return () => {
      if (server.handler === handler) server.handler = undefined
    }
  }

  expireTokens(): void {
    this.server.expireTokens()
  }

  loseHistory(): Promise<void> {
    return this.server.loseHistory()
  }
}

class PlainMock extends BaseMock<PlainServer, PlainMockMessage> implements PlainMockServer {
  constructor(url: URL, { wait = 20_000 }: PlainMockOptions) {
    if (!(typeof wait === 'number' && wait >= 0)) throw new TypeError('mockServer: wait must be a number of ms.')
    const inbox = new Inbox<PlainMockMessage>()
    super(url, inbox, () => new PlainServer(wait, (message) => inbox.add(message)))
  }

  publish(data: string | Uint8Array<ArrayBuffer>, options: PlainPublishOptions = {}): void {
    this.server.publish(data, options)
  }

  received(): Promise<PlainMockMessage> {
    return this.inbox.take(undefined)
  }
}

function isPlain(options: MockOptions | PlainMockOptions): options is PlainMockOptions {
  return 'protocol' in options && options.protocol !== undefined
}

function readUrl(given: string | URL): URL {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  const url = URL.canParse(given, base) ? new URL(given, base) : undefined
  if (url === undefined || !/^(http|ws)s?:$/.test(url.protocol))
    throw new TypeError(`mockServer: ${given} is no http(s) or ws(s) URL${base ? '' : ', absolute outside a page'}.`)
  return url
}
