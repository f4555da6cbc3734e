import { Chronicle, type Position, type Published, positionText, readPosition } from './chronicle.js'
import type { Clock } from './clock.js'
import { Ledger, type SendFrame } from './ledger.js'
import type { Asked, Listener, Peer, Server } from './network.js'
import type { Random } from './random.js'

export interface HubOptions {
  /** Longest silence, in ms. */
  readonly heartbeat: number
  /** Events in the answer to one poll, at most. */
  readonly pollLimit: number
}

interface Hello {
  readonly hello: number
  readonly cursor?: string
  readonly topics: readonly string[]
  readonly client?: string
  readonly unacknowledged: number
  readonly next: number
}

const block = (type: string, data: object, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}event: holdfast:${type}\ndata: ${JSON.stringify(data)}\n\n`

/** A server of level 3 as PROTOCOL.md describes it, without a wire: WebSockets, polls that wait for nothing, and POSTs. */
export class Hub implements Server {
  readonly chronicle = new Chronicle()
  readonly ledger = new Ledger()
  readonly streams = new Set<Stream>()
  /** Gaps that were told to streams that were too slow: up to where. */
  readonly skips: { at: number; to: Position }[] = []
  /** Tokens that are taken no more. */
  readonly revoked = new Set<string>()
  /** How many streams were ever opened. */
  accepted = 0
  readonly clock: Clock
  readonly random: Random
  readonly options: HubOptions

  constructor(clock: Clock, random: Random, options: HubOptions) {
    this.clock = clock
    this.random = random
    this.options = options
  }

  publish(topic?: string, to?: string, ephemeral = false): Published {
    const event = this.chronicle.publish(this.clock.now, topic, to, ephemeral)
    for (const stream of this.streams) stream.push(event)
    return event
  }

  revoke(token: string): void {
    this.revoked.add(token)
    for (const stream of this.streams) stream.revoke(token)
  }

  accept(asked: Asked, peer: Peer): Listener {
    this.accepted++
    const stream = new Stream(this, peer, asked.cookie)
    const query = asked.url.searchParams
    if (query.get('hello') !== 'frame') stream.hello(readQuery(query), asked.headers.authorization)
    return stream
  }

  answer(asked: Asked): { status: number; body: string } {
    const { authorization } = asked.headers
    if (authorization && this.revoked.has(authorization)) {
      return { status: 401, body: '{"code":"unauthorized","message":"revoked"}' }
    }
    const principal = principalOf(authorization, asked.cookie)
    if (asked.method === 'POST') {
      const results = this.ledger.send(principal, JSON.parse(asked.body))
      if (results === undefined) return { status: 409, body: '{"code":"unknown-client","message":"unknown"}' }
      if (results === 'bad') return { status: 400, body: '{"code":"bad-request","message":"not the next one"}' }
      return { status: 200, body: results }
    }
    const hello = readQuery(asked.url.searchParams)
    const { ready, rest } = this.greet(hello, principal)
    const missed = rest.filter((event) => isFor(event, principal, hello.topics))
    const told = missed.slice(0, this.options.pollLimit)
    // What follows was not for this client: that moves its cursor too.
    const position = told.length === missed.length ? `id: ${positionText(this.chronicle.position)}\n\n` : ''
    return { status: 200, body: this.open() + ready + told.map(encode).join('') + position }
  }

  open(): string {
    return block('open', { version: 1, level: 3, heartbeat: this.options.heartbeat, limit: 65_536 })
  }

  /** What is said to a hello, and the history that follows it. */
  greet(hello: Hello, principal: string): { ready: string; rest: readonly Published[] } {
    const { chronicle } = this
    const cursor = readPosition(hello.cursor)
    const rest = hello.cursor === undefined ? [] : chronicle.after(cursor)
    const from = cursor && rest && hello.cursor !== undefined ? cursor : chronicle.position
    const { client, unacknowledged, next } = hello
    const [handled, results] = client ? this.ledger.hello(principal, client, unacknowledged, next) : [undefined, []]
    const ready = {
      hello: hello.hello,
      gap: rest === undefined,
      handled,
      epoch: client ? this.ledger.epoch : undefined,
      principal: `tag ${principal}`,
      reconnect: 200,
    }
    return { ready: block('ready', ready, positionText(from)) + results.join(''), rest: rest ?? [] }
  }
}

/** One WebSocket. */
class Stream implements Listener {
  readonly #hub: Hub
  readonly #peer: Peer
  readonly #cookie: string
  #token: string | undefined
  #principal: string | undefined
  #topics: readonly string[] = []
  #pending = ''
  #skipping = 0
  #lastSaid: number
  #told: string | undefined
  #over = false

  constructor(hub: Hub, peer: Peer, cookie: string) {
    this.#hub = hub
    this.#peer = peer
    this.#cookie = cookie
    this.#lastSaid = hub.clock.now
    hub.streams.add(this)
    this.#say(hub.open())
    this.#beat()
  }

  message(text: string): void {
    const frame: { holdfast: string; headers?: Record<string, string> } & Hello & SendFrame = JSON.parse(text)
    if (frame.holdfast === 'ping') this.#say(block('pong', {}))
    else if (frame.holdfast === 'hello') this.hello(frame, frame.headers?.authorization)
    else this.#handle(frame)
  }
  #handle(frame: SendFrame): void {
    const results = this.#hub.ledger.send(this.#principal ?? '', frame)
    if (results === undefined || results === 'bad') this.#fail(results ? 'bad-request' : 'unknown-client')
    else this.#hub.clock.after(this.#hub.random.between(0, 20), () => this.#say(results))
  }

  closed(): void {
    this.#over = true
    this.#hub.streams.delete(this)
  }

  hello(hello: Hello, token: string | undefined): void {
    this.#flush()
    if (token && this.#hub.revoked.has(token)) return void this.#fail('unauthorized')
    const principal = principalOf(token, this.#cookie)
    this.#token = token
    this.#skipping = 0
    this.#principal = principal
    this.#topics = hello.topics
    const { ready, rest } = this.#hub.greet(hello, principal)
    this.#say(ready)
    for (const event of rest) this.push(event)
  }

  push(event: Published): void {
    if (this.#principal === undefined || !isFor(event, this.#principal, this.#topics)) return
    if (!this.#skipping) this.#say(encode(event))
    else if (event.sequence !== undefined && --this.#skipping === 0) this.#tellGap()
  }
  #tellGap(): void {
    const { chronicle, skips, clock } = this.#hub
    skips.push({ at: clock.now, to: chronicle.position })
    this.#say(block('gap', { reason: 'slow' }, positionText(chronicle.position)))
  }

  revoke(token: string): void {
    if (token === this.#token) this.#fail('unauthorized')
  }

  drain(window: number): void {
    this.#say(block('drain', { window }))
  }

  /** The client is too slow: it misses the next events, and is told. */
  skip(events: number): void {
    this.#skipping = events
  }

  /** What is ready together leaves together. */
  #say(text: string): void {
    if (this.#over) return
    if (this.#pending === '') this.#hub.clock.after(this.#hub.random.between(0, 2), () => this.#flush())
    this.#pending += text
  }
  #flush(): void {
    if (this.#pending === '' || this.#over) return
    this.#peer.say(this.#pending)
    this.#pending = ''
    this.#lastSaid = this.#hub.clock.now
  }
  #fail(code: string): void {
    this.#say(block('error', { code, message: 'as PROTOCOL.md says' }))
    this.#flush()
    this.closed()
    this.#peer.close(1008)
  }
  #beat(): void {
    const { clock, options, chronicle } = this.#hub
    clock.after(Math.max(1, this.#lastSaid + options.heartbeat - clock.now), () => {
      if (this.#over) return
      if (clock.now - this.#lastSaid >= options.heartbeat) {
        const position = positionText(chronicle.position)
        // What was not for this client moves its cursor all the same.
        const quiet = position === this.#told || this.#principal === undefined || this.#skipping > 0
        this.#say(quiet ? ':\n\n' : `id: ${position}\n\n`)
        this.#told = position
        this.#flush()
      }
      this.#beat()
    })
  }
}

function principalOf(token: string | undefined, cookie: string): string {
  return token?.split(' ', 1)[0] ?? cookie
}

function isFor({ topic, to }: Published, principal: string, topics: readonly string[]): boolean {
  return (to === undefined || to === principal) && (topic === undefined || topics.includes(topic))
}

function encode({ number, generation, sequence, topic, to }: Published): string {
  const id = sequence === undefined ? '' : `id: ${positionText({ generation, sequence })}\n`
  const comment = topic === undefined ? '' : `:topic ${topic}\n`
  return `${id}event: news\n${comment}data: ${JSON.stringify({ number, topic, to })}\n\n`
}

function readQuery(query: URLSearchParams): Hello {
  return {
    hello: 1,
    cursor: query.get('cursor') ?? undefined,
    topics: query.getAll('topic'),
    client: query.get('client') ?? undefined,
    unacknowledged: Number(query.get('unacknowledged') ?? 1),
    next: Number(query.get('next') ?? 1),
  }
}
