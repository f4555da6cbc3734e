import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { authorize, type Principal } from './authorize.js'
import type { Stream } from './stream.js'
import { errors, type Hello, Refusal, readHello, readMessage, readQuery } from './wire.js'

/** WebSockets: the same stream in messages, and the client's JSON back. */
export class WebSocketCarriers {
  readonly server = new WebSocketServer({ noServer: true })
  readonly #pending = new Map<WebSocket, string>()

  constructor(
    readonly stream: Stream,
    readonly helloTimeout: number,
  ) {}

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, query: URLSearchParams): void {
    this.server.handleUpgrade(request, socket, head, (upgraded) => this.converse(upgraded, request, query))
  }

  /** Packs what is ready together into one message. */
  say(socket: WebSocket, text: string): void {
    const before = this.#pending.get(socket)
    this.#pending.set(socket, (before ?? '') + text)
    if (before === undefined) setImmediate(() => this.flush(socket))
  }

  flush(socket: WebSocket): void {
    const text = this.#pending.get(socket)
    this.#pending.delete(socket)
    if (text) this.transmit(socket, text)
  }

  transmit(socket: WebSocket, text: string): void {
    socket.send(text)
  }

  /** A binary message has come. */
  refuseBinary(socket: WebSocket): void {
    socket.close(1003)
  }

  /** Says the error as the last block, and closes. */
  end(socket: WebSocket, refusal: Refusal): void {
    this.say(socket, this.stream.speech.error(refusal))
    this.flush(socket)
    socket.close(errors[refusal.code][1])
  }

  /** The headers that authorization sees: the hello's, and over them those that the request itself brought. */
  authorization(request: IncomingMessage, hello: Hello): string | undefined {
    return request.headers.authorization ?? hello.headers.authorization
  }

  mayChangeClient(before: string | undefined, now: string | undefined): boolean {
    return before === undefined || now === undefined || before === now
  }

  converse(socket: WebSocket, request: IncomingMessage, query: URLSearchParams): void {
    const { stream } = this
    let leave = (): void => {}
    let named: string | undefined
    let principal: Principal | undefined
    const end = (refusal: Refusal): void => {
      leave()
      this.end(socket, refusal)
    }
    const greet = (hello: Hello): void => {
      clearTimeout(timer)
      if (principal === undefined) stream.enter()
      principal = authorize(this.authorization(request, hello))
      if (!this.mayChangeClient(named, hello.client))
        throw new Refusal('bad-request', 'a hello must name the client of the one before')
      named ??= hello.client
      leave()
      const { text, topics } = stream.welcome(hello, principal)
      this.say(socket, text)
      leave = stream.join(topics, principal, { write: (said) => this.say(socket, said), end })
    }
    const hear = async (text: string): Promise<void> => {
      const message = readMessage(text)
      if (message.holdfast === 'hello') return greet(readHello(message))
      if (principal === undefined) throw new Refusal('bad-request', 'say hello first')
      if (stream.speech.level < 3) return
      if (message.holdfast === 'ping') return this.say(socket, stream.speech.pong())
      if (message.holdfast !== 'send') return
      for (const result of stream.send(text, principal)) this.say(socket, await result)
    }
    const guard = (work: () => Promise<void>): void => {
      work().catch((error: unknown) => end(error instanceof Refusal ? error : new Refusal('internal', String(error))))
    }
    const timer = setTimeout(() => end(new Refusal('hello-timeout', 'no hello came')), this.helloTimeout)
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      clearTimeout(timer)
      leave()
    })
    socket.on('message', (data, binary) => {
      if (binary) this.refuseBinary(socket)
      else guard(() => hear(data.toString()))
    })
    this.say(socket, stream.speech.open())
    if (query.get('hello') !== 'frame') guard(async () => greet(readQuery(query)))
  }
}
