import { Backlog } from './backlog.js'
import { pongBlock } from './blocks.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { readHello, readQuery } from './hello.js'
import { Rate } from './rate.js'
import { Refusal } from './refusal.js'
import { parseFrame, readSend, type Send } from './send.js'

/** Greets a client, takes its hello from the query or waits for it, and deals with all that it says afterwards. */
export function converse(core: Core, connection: Connection, query: URLSearchParams): Conversation {
  const conversation = new Conversation(core, connection)
  conversation.begin(query)
  return conversation
}

/** What is said on one WebSocket, whatever implements it. Most clients only listen: what is needed for more is made then. */
export class Conversation {
  readonly #core: Core
  readonly #connection: Connection
  #controls: Rate | undefined
  #backlog: Backlog | undefined
  #greeted = false
  #waiting: ReturnType<typeof setTimeout> | undefined

  constructor(core: Core, connection: Connection) {
    this.#core = core
    this.#connection = connection
  }

  begin(query: URLSearchParams): void {
    const { limits } = this.#core
    const connection = this.#connection
    connection.open()
    this.#refusing(() => {
      const { hello } = readQuery(query, limits, true)
      this.#greeted = hello !== undefined
      if (hello !== undefined) connection.hello(hello)
      else {
        this.#waiting = setTimeout(() => {
          connection.fail(new Refusal('hello-timeout', `No hello came within ${limits.helloTimeout} ms.`))
        }, limits.helloTimeout)
        // Elsewhere than in Node a timer is a number.
        if (typeof this.#waiting === 'object') this.#waiting.unref?.()
      }
    })
  }

  /** One text message of so many bytes. Never throws: what is wrong with it ends the connection. */
  receive(bytes: number, text: () => string): void {
    this.#connection.carrier.heard?.()
    this.#refusing(() => this.#receive(bytes, text))
  }

  /** The WebSocket is closed. */
  over(): void {
    clearTimeout(this.#waiting)
  }

  #refusing(task: () => void): void {
    const connection = this.#connection
    try {
      if (!connection.ended) task()
    } catch (error) {
      if (!(error instanceof Refusal)) this.#core.report(error)
      connection.fail(error instanceof Refusal ? error : new Refusal('internal', 'The server failed.'))
    }
  }

  #receive(bytes: number, text: () => string): void {
    const { limits } = this.#core
    const connection = this.#connection
    if (bytes > limits.messageBytes)
      throw new Refusal('too-large', `The message is larger than ${limits.messageBytes} bytes.`)
    const frame = parseFrame(text())
    if (!this.#greeted && frame.holdfast !== 'hello')
      throw new Refusal('bad-request', 'The first message must be the hello that the query announced.')
    this.#backlog ??= new Backlog(limits)
    if (frame.holdfast === 'send') {
      const send = readSend(frame)
      const done = this.#backlog.add(Math.max(1, send.messages.length), bytes)
      // Behind the hello that makes it acceptable.
      if (connection.pending === 0) submit(this.#core, connection, send, done)
      else connection.settled.then(() => this.#refusing(() => submit(this.#core, connection, send, done)))
      return
    }
    this.#controls ??= new Rate(limits.controlsPerSecond)
    if (!this.#controls.take())
      throw new Refusal('too-many', 'Too many hellos and pings per second.', { retryAfter: 1_000 })
    if (frame.holdfast === 'ping') {
      connection.say(pongBlock())
      return
    }
    if (frame.holdfast !== 'hello') throw new Refusal('bad-request', 'The message is none that this server knows.')
    clearTimeout(this.#waiting)
    this.#greeted = true
    const hello = readHello(frame, limits)
    const done = this.#backlog.add(1, bytes)
    connection.hello(hello)
    connection.settled.then(done)
  }
}

function submit(core: Core, connection: Connection, send: Send, done: () => void): void {
  const { authorization } = connection
  if (authorization === undefined) throw new Refusal('unknown-client', 'A send must come after a hello.')
  const { principal, tag } = authorization
  core.sends.submit(tag, { id: send.client, principal, transport: 'websocket' }, send, {
    accepted() {},
    result: (json) => connection.result(json),
    pong: (epoch) => connection.say(pongBlock({ epoch })),
    fail(refusal) {
      done()
      connection.fail(refusal)
    },
    done,
  })
}
