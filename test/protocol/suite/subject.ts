import { randomBytes } from 'node:crypto'
import { type Block, isEvent, members } from './block.js'
import { Carrier, type Transport } from './carrier.js'
import { openResponse, openWebSocket } from './connect.js'
import type { Control } from './control.js'

/** The query of a hello. */
export interface Hello {
  holdfast?: string
  wait?: string
  cursor?: string
  topics?: readonly string[]
  client?: string
  unacknowledged?: number | string
  next?: number | string
  /** Any other parameters. */
  others?: Record<string, string>
}

export interface Message {
  number: number
  type: string
  data?: unknown
  bytes?: string
}

export interface SendOptions {
  headers?: Record<string, string>
  unacknowledged?: number
  next?: number
  epoch?: string
}

/** The server under test over one transport, as a check sees it. Closes everything that the check opened. */
export class Subject {
  readonly #opened = new Set<Carrier>()

  constructor(
    readonly url: string,
    readonly transport: Transport,
    readonly control: Control,
    /** What `open` said. */
    readonly claims: { level: number; heartbeat: number | undefined; limit: number | undefined },
    /** The longest that one check may wait for a thing that takes its time, in ms. */
    readonly patience: number,
  ) {}

  /** Text that no other check uses. */
  unique(name: string): string {
    return `${name}-${randomBytes(6).toString('hex')}`
  }

  client(): string {
    return randomBytes(15).toString('base64url')
  }

  address(hello: Hello): URL {
    const url = new URL(this.url)
    const add = (name: string, value: string | number | undefined): void => {
      if (value === undefined) return
      // Not URLSearchParams: it writes a space as `+`, and values are percent-encoded.
      url.search += `${url.search === '' ? '' : '&'}${name}=${encodeURIComponent(value)}`
    }
    add('holdfast', hello.holdfast)
    add('carrier', this.transport === 'long-poll' ? 'poll' : undefined)
    add('wait', hello.wait)
    add('cursor', hello.cursor)
    for (const topic of hello.topics ?? []) add('topic', topic)
    add('client', hello.client)
    add('unacknowledged', hello.unacknowledged)
    add('next', hello.next)
    for (const [name, value] of Object.entries(hello.others ?? {})) add(name, value)
    return url
  }

  /** Opens one carrier: one WebSocket, or one response. */
  async open(hello: Hello = {}, headers: Record<string, string> = {}): Promise<Carrier> {
    const url = this.address(hello)
    const carrier =
      this.transport === 'websocket'
        ? await openWebSocket(url, headers)
        : await openResponse(url, { headers, cache: 'no-store' }, this.transport)
    this.#opened.add(carrier)
    return carrier
  }

  /** Opens a WebSocket whose hello comes in a message. */
  openBare(headers: Record<string, string> = {}): Promise<Carrier> {
    return this.open({ others: { hello: 'frame' } }, headers)
  }

  /**
   * A stream that goes on, behind its first `ready`: over long-poll one poll after the other, each from where the one
   * before ended.
   */
  async listen(hello: Hello = {}, headers: Record<string, string> = {}): Promise<Carrier> {
    const carrier = this.transport === 'long-poll' ? this.#follow(hello, headers) : await this.open(hello, headers)
    await carrier.own('ready')
    return carrier
  }

  #follow(hello: Hello, headers: Record<string, string>): Carrier {
    let closed = false
    let poll: Carrier | undefined
    const followed = new Carrier(
      'long-poll',
      () => {},
      () => {
        closed = true
        poll?.close()
      },
    )
    this.#opened.add(followed)
    const run = async (): Promise<void> => {
      let cursor = hello.cursor
      let wait = '0'
      while (!closed) {
        poll = await this.open({ ...hello, wait, cursor }, headers)
        const end = await poll.ended()
        if (end.refused !== undefined) return followed.finish(end)
        for (const block of poll.blocks) cursor = block.id ?? cursor
        followed.take(poll.blocks.map(({ text }) => text).join(''))
        followed.endPart()
        wait = '1000'
      }
    }
    run().catch((error: unknown) => {
      followed.torn.push(String(error))
      followed.finish({})
    })
    return followed
  }

  /** Says hello in a message, and hears its `ready`. */
  async greet(carrier: Carrier, number: number, hello: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    this.say(carrier, { holdfast: 'hello', hello: number, version: 1, ...hello })
    return members(await carrier.next(`the ready of hello ${number}`, (block) => isReady(block, number)))
  }

  say(carrier: Carrier, message: object): void {
    carrier.transmit(JSON.stringify(message))
  }

  /** Sends messages, over the WebSocket itself or by POST; resolves to the carrier that brings the results. */
  async send(
    carrier: Carrier,
    client: string,
    messages: readonly Message[],
    { headers = {}, unacknowledged = 1, next, epoch }: SendOptions = {},
  ): Promise<Carrier> {
    const text = JSON.stringify({ holdfast: 'send', client, epoch, unacknowledged, next, messages })
    if (this.transport !== 'websocket') return this.post(text, headers)
    carrier.transmit(text)
    return carrier
  }

  async post(body: string, headers: Record<string, string> = {}): Promise<Carrier> {
    const all = { 'content-type': 'application/json', ...headers }
    const carrier = await openResponse(new URL(this.url), { method: 'POST', headers: all, body }, this.transport)
    this.#opened.add(carrier)
    return carrier
  }

  /** The types of the page's events that were heard, in order, up to and with one of this type. */
  async collect(carrier: Carrier, last: string, within?: number): Promise<string[]> {
    await carrier.event(last, within)
    return carrier.blocks.filter(isEvent).map(({ type }) => type ?? '')
  }

  close(): void {
    for (const carrier of this.#opened) carrier.close()
    this.#opened.clear()
  }
}

function isReady(block: Block, number: number): boolean {
  return block.type === 'holdfast:ready' && members(block).hello === number
}
