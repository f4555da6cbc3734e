import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import { createHub, type Hub, type HubOptions } from '../../../src/server/index.js'
import { type Block, readBlocks } from './blocks.js'

export const CLIENT = 'abcdefghijklmnop'

/** A hub on a real server, all of it gone at the end of the block that `await using` it. */
export class Served implements AsyncDisposable {
  readonly hub: Hub
  readonly server: Server
  readonly errors: unknown[] = []
  url = ''

  private constructor(hub: Hub, server: Server) {
    this.hub = hub
    this.server = server
    hub.onError((error) => this.errors.push(error))
  }

  static async start(options: HubOptions = {}, listener?: RequestListener): Promise<Served> {
    const served = new Served(createHub(options), createServer(listener ?? ((_, response) => response.end('other'))))
    served.hub.attach(served.server)
    await served.listen()
    return served
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  socket(query = '', options: { path?: string; headers?: Record<string, string> } = {}): Socket {
    const { path = '/live', headers = {} } = options
    return new Socket(new WebSocket(`${this.url.replace('http', 'ws')}${path}${query}`, { headers }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub.close()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

/** What was said on a stream so far, and a way to wait for more of it. */
export class Heard {
  text = ''
  #waiting: (() => void)[] = []
  over = false

  add(text: string): void {
    this.text += text
    this.#wake()
  }

  end(): void {
    this.over = true
    this.#wake()
  }

  get blocks(): Block[] {
    return readBlocks(this.text)
  }

  /** Resolves as soon as it is so; rejects when the stream ended without. */
  async until<Value>(ask: (heard: Heard) => Value | undefined | false): Promise<Value> {
    for (;;) {
      const answer = ask(this)
      if (answer !== undefined && answer !== false) return answer
      if (this.over) throw new Error(`The stream ended: ${this.text.slice(-500)}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** The first block of this type, or the one after so many. */
  block(event: string, skip = 0): Promise<Block> {
    return this.until(({ blocks }) => blocks.filter((block) => block.event === event)[skip])
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

export class Socket extends Heard {
  readonly socket: WebSocket
  readonly messages: string[] = []
  readonly closed: Promise<number>
  /** The status of a handshake that was refused. */
  readonly refused: Promise<number | undefined>

  constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.on('message', (data) => {
      this.messages.push(String(data))
      this.add(String(data))
    })
    socket.on('error', () => {})
    this.refused = new Promise((resolve) => {
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode)
        response.destroy()
        socket.terminate()
      })
      socket.on('open', () => resolve(undefined))
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.end()
        resolve(code)
      })
    })
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Says hello in a message. */
  hello(more: Record<string, unknown> = {}): void {
    this.say({ holdfast: 'hello', hello: 1, version: 1, ...more })
  }

  /** Sends messages with these numbers. */
  send(numbers: number[], more: Record<string, unknown> = {}): void {
    const messages = numbers.map((number) => ({ number, type: 'chat', data: { number } }))
    this.say({ holdfast: 'send', client: CLIENT, unacknowledged: 1, messages, ...more })
  }
}

/** Reads the body of an answer as it comes. */
export function hear(response: Response): Heard & { cancel(): Promise<void> } {
  const heard = new Heard()
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const read = async () => {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return heard.end()
      heard.add(value)
    }
  }
  read().catch(() => heard.end())
  return Object.assign(heard, { cancel: async () => reader?.cancel() })
}

/** The body of a POST with messages. */
export function sendBody(numbers: number[], more: Record<string, unknown> = {}): RequestInit {
  const messages = numbers.map((number) => ({ number, type: 'chat', data: { number } }))
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ holdfast: 'send', client: CLIENT, unacknowledged: 1, messages, ...more }),
  }
}
