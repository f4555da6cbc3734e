import { Backlog } from './backlog.js'
import { pongBlock } from './blocks.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { readHello, readQuery } from './hello.js'
import { Rate } from './rate.js'
import { Refusal } from './refusal.js'
import { parseFrame, readSend, type Send } from './send.js'

/** What is said on one WebSocket, whatever implements it. */
export interface Conversation {
  /** One text message of so many bytes. Never throws: what is wrong with it ends the connection. */
  receive(bytes: number, text: () => string): void
  /** The WebSocket is closed. */
  over(): void
}

/** Greets a client, takes its hello from the query or waits for it, and deals with all that it says afterwards. */
export function converse(core: Core, connection: Connection, query: URLSearchParams): Conversation {
  const { limits } = core
  const controls = new Rate(limits.controlsPerSecond)
  const backlog = new Backlog(limits)
  let greeted = false
  let waiting: ReturnType<typeof setTimeout> | undefined

  const refusing = (task: () => void) => {
    try {
      if (!connection.ended) task()
    } catch (error) {
      if (!(error instanceof Refusal)) core.report(error)
      connection.fail(error instanceof Refusal ? error : new Refusal('internal', 'The server failed.'))
    }
  }

  const receive = (bytes: number, text: () => string) => {
    if (bytes > limits.messageBytes) throw tooLarge(limits.messageBytes)
    const frame = parseFrame(text())
    if (!greeted && frame.holdfast !== 'hello')
      throw new Refusal('bad-request', 'The first message must be the hello that the query announced.')
    if (frame.holdfast === 'send') {
      const send = readSend(frame)
      const done = backlog.add(Math.max(1, send.messages.length), bytes)
      // Behind the hello that makes it acceptable.
      if (connection.pending === 0) return submit(core, connection, send, done)
      connection.settled.then(() => refusing(() => submit(core, connection, send, done)))
      return
    }
    if (!controls.take()) throw new Refusal('too-many', 'Too many hellos and pings per second.', { retryAfter: 1_000 })
    if (frame.holdfast === 'ping') return connection.say(pongBlock)
    if (frame.holdfast !== 'hello') throw new Refusal('bad-request', 'The message is none that this server knows.')
    clearTimeout(waiting)
    greeted = true
    const hello = readHello(frame, limits)
    const done = backlog.add(1, bytes)
    connection.hello(hello)
    connection.settled.then(done)
  }

  connection.open()
  refusing(() => {
    const { hello } = readQuery(query, limits, true)
    greeted = hello !== undefined
    if (hello !== undefined) connection.hello(hello)
    else {
      waiting = setTimeout(() => {
        connection.fail(new Refusal('hello-timeout', `No hello came within ${limits.helloTimeout} ms.`))
      }, limits.helloTimeout)
      // Elsewhere than in Node a timer is a number.
      if (typeof waiting === 'object') waiting.unref?.()
    }
  })

  return {
    receive: (bytes, text) => refusing(() => receive(bytes, text)),
    over: () => clearTimeout(waiting),
  }
}

function submit(core: Core, connection: Connection, send: Send, done: () => void): void {
  const { authorization } = connection
  if (authorization === undefined) throw new Refusal('unknown-client', 'A send must come after a hello.')
  const { principal, tag } = authorization
  core.sends.submit(tag, { id: send.client, principal, transport: 'websocket' }, send, {
    accepted() {},
    result: (json) => connection.result(json),
    pong: () => connection.say(pongBlock),
    fail(refusal) {
      done()
      connection.fail(refusal)
    },
    done,
  })
}

function tooLarge(limit: number): Refusal {
  return new Refusal('too-large', `The message is larger than ${limit} bytes.`)
}
