import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { HttpTransportType, HubConnectionBuilder, type IHttpConnectionOptions } from '@microsoft/signalr'
import { WebSocketServer } from 'ws'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'
import { isRecord } from '../record.js'

export const variants = {
  SignalR: 'any',
  'SignalR, websocket': 'websocket',
  'SignalR, sse': 'stream',
  'SignalR, long-poll': 'poll',
} satisfies Variants

/** Ends every message of the hub protocol. */
const SEPARATOR = '\x1e'

/** What ASP.NET's server lets queue up for a client: all of it goes out as one frame, one event or one answer. */
const FRAME_LENGTH = 65_536

/** How often ASP.NET's server says that it is there, in ms. A client that hears nothing for 30 s gives up. */
const KEEP_ALIVE = 15_000

/** The types of messages, as the protocol numbers them. */
const INVOCATION = 1
const COMPLETION = 3
const PING = 6

const NEGOTIATION = {
  negotiateVersion: 1,
  availableTransports: [
    { transport: 'WebSockets', transferFormats: ['Text', 'Binary'] },
    { transport: 'ServerSentEvents', transferFormats: ['Text'] },
    { transport: 'LongPolling', transferFormats: ['Text', 'Binary'] },
  ],
}

function encode(message: object): string {
  return JSON.stringify(message) + SEPARATOR
}

function invocation(tick: Tick): string {
  return encode({ type: INVOCATION, target: 'tick', arguments: [tick] })
}

/** One client's way down. Without one that stays open, each poll takes one frame, and the others wait. */
class Downstream {
  #waiting: string[] = []
  #poll: ServerResponse | undefined

  constructor(readonly write?: (frame: string) => void) {}

  send(frame: string): void {
    if (this.write) {
      this.write(frame)
      return
    }
    this.#waiting.push(frame)
    this.#answer()
  }

  poll(response: ServerResponse): void {
    this.#poll = response
    response.once('close', () => {
      if (this.#poll === response) this.#poll = undefined
    })
    this.#answer()
  }

  #answer(): void {
    if (!this.#poll || this.#waiting.length === 0) return
    this.#poll.end(this.#waiting.shift())
    this.#poll = undefined
  }
}

/** What ASP.NET's server says with one hub that everybody hears and that has one method, `echo`. */
export const serve: Serve = (server) => {
  /** Those whom a token of the negotiation names, since what they send comes by other requests. */
  const clients = new Map<string, Downstream>()
  const joined = new Set<Downstream>()
  let queue = ''

  function flush(): void {
    if (queue === '') return
    const frame = queue
    queue = ''
    for (const client of joined) client.send(frame)
  }

  function hear(client: Downstream, text: string): void {
    for (const part of text.split(SEPARATOR)) {
      const message: unknown = part === '' ? undefined : JSON.parse(part)
      if (!isRecord(message)) continue
      const { protocol, type, invocationId, arguments: given } = message
      if (protocol !== undefined) {
        joined.add(client)
        client.send(encode({}) + invocation(makeTick(0)))
      } else if (type === INVOCATION && Array.isArray(given)) {
        client.send(encode({ type: COMPLETION, invocationId, result: given[0] }))
      }
    }
  }

  function stream(token: string, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache,no-store' })
    response.write(':\r\n\r\n')
    const client = new Downstream((frame) => response.write(`data: ${frame}\r\n\r\n`))
    clients.set(token, client)
    response.once('close', () => {
      clients.delete(token)
      joined.delete(client)
    })
  }

  function poll(token: string, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    const client = clients.get(token)
    if (client) {
      client.poll(response)
      return
    }
    // The first poll is answered with nothing: it shows the client that there is a way.
    clients.set(token, new Downstream())
    response.end()
  }

  server.on('request', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const token = searchParams.get('id') ?? ''
    if (pathname === '/live/negotiate') {
      const answer = { ...NEGOTIATION, connectionId: randomUUID(), connectionToken: randomUUID() }
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
    } else if (pathname === '/live' && request.method === 'POST') {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      const client = clients.get(token)
      if (client) hear(client, body)
      response.writeHead(client ? 200 : 404).end()
    } else if (pathname === '/live') {
      if (request.headers.accept === 'text/event-stream') stream(token, response)
      else poll(token, response)
    }
  })

  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted) => {
      const client = new Downstream((frame) => accepted.send(frame))
      accepted.on('message', (text) => hear(client, String(text)))
      accepted.once('close', () => joined.delete(client))
    })
  })

  setInterval(() => {
    for (const client of joined) client.send(encode({ type: PING }))
  }, KEEP_ALIVE).unref()

  return {
    async prepare() {
      // Pages that polled have gone without a word.
      for (const [token, client] of clients) {
        if (client.write) continue
        clients.delete(token)
        joined.delete(client)
      }
      return ''
    },
    publish(tick) {
      if (queue === '') setImmediate(flush)
      queue += invocation(tick)
      if (queue.length >= FRAME_LENGTH) flush()
    },
  }
}

const TRANSPORTS = new Map<string, IHttpConnectionOptions>([
  ['websocket', { transport: HttpTransportType.WebSockets, skipNegotiation: true }],
  ['sse', { transport: HttpTransportType.ServerSentEvents }],
  ['long-poll', { transport: HttpTransportType.LongPolling }],
])

export const open: Open = ({ variant, receive }) => {
  const options = TRANSPORTS.get(variant.split(', ')[1] ?? '') ?? {}
  const connection = new HubConnectionBuilder().withUrl('/live', options).withAutomaticReconnect().build()
  connection.on('tick', receive)
  void connection.start()
  return { echo: (text) => connection.invoke('echo', text) }
}
