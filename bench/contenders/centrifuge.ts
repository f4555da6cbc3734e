import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Centrifuge, type TransportEndpoint } from 'centrifuge'
import { WebSocketServer } from 'ws'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'
import { isRecord } from '../record.js'

export const variants = {
  centrifuge: 'any',
  'centrifuge, websocket': 'websocket',
  'centrifuge, http_stream': 'stream',
} satisfies Variants

/** Messages in one frame: as many as Centrifugo puts into one where they queue up. */
const PACK = 16

/** How often Centrifugo says that it is there, in seconds. */
const PING = 25

const CHANNEL = 'ticks'

/** One client's way down. */
type Send = (messages: readonly string[]) => void

function push(tick: Tick): string {
  return JSON.stringify({ push: { channel: CHANNEL, pub: { data: tick } } })
}

/** What Centrifugo says in JSON, with one channel that it subscribes everybody to, and an RPC that answers what it was given. */
export const serve: Serve = (server) => {
  /** Whose commands come by other requests. */
  const sessions = new Map<string, Send>()
  const joined = new Set<Send>()
  let queue: string[] = []

  function flush(): void {
    if (queue.length === 0) return
    const messages = queue
    queue = []
    for (const send of joined) send(messages)
  }

  function hear(send: Send, session: string, text: string): void {
    for (const line of text.split('\n')) {
      const command: unknown = JSON.parse(line)
      if (!isRecord(command)) continue
      const { id, connect, rpc } = command
      if (connect) {
        const subs = { [CHANNEL]: {} }
        const result = { client: randomUUID(), version: 'bench', subs, ping: PING, pong: true, session, node: 'bench' }
        joined.add(send)
        send([JSON.stringify({ id, connect: result }), push(makeTick(0))])
      } else if (isRecord(rpc)) {
        send([JSON.stringify({ id, rpc: { data: rpc.data } })])
      }
    }
  }

  /** A stream that begins with a command, and whose other commands come one request each. */
  function stream(response: ServerResponse, type: string, command: string, format: (message: string) => string): void {
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache, no-store' })
    const session = randomUUID()
    const send: Send = (messages) => response.write(messages.map(format).join(''))
    sessions.set(session, send)
    response.once('close', () => {
      sessions.delete(session)
      joined.delete(send)
    })
    hear(send, session, command)
  }

  server.on('request', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    switch (pathname) {
      case '/live/http_stream':
        stream(response, 'application/json', await bodyOf(request), (message) => `${message}\n`)
        break
      case '/live/sse':
        stream(response, 'text/event-stream', searchParams.get('cf_connect') ?? '', (message) => `data: ${message}\n\n`)
        break
      case '/live/emulation': {
        const emulated: unknown = JSON.parse(await bodyOf(request))
        const session = isRecord(emulated) ? String(emulated.session) : ''
        const send = sessions.get(session)
        if (send && isRecord(emulated)) hear(send, session, String(emulated.data))
        response.writeHead(send ? 204 : 404).end()
      }
    }
  })

  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted) => {
      const send: Send = (messages) => accepted.send(messages.join('\n'))
      accepted.on('message', (text) => hear(send, '', String(text)))
      accepted.once('close', () => joined.delete(send))
    })
  })

  setInterval(() => {
    for (const send of joined) send(['{}'])
  }, PING * 1_000).unref()

  return {
    publish(tick) {
      if (queue.length === 0) setImmediate(flush)
      queue.push(push(tick))
      if (queue.length === PACK) flush()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return body
}

export const open: Open = ({ variant, receive }) => {
  const { host, origin } = location
  const endpoints: TransportEndpoint[] = [
    { transport: 'websocket', endpoint: `ws://${host}/live` },
    { transport: 'http_stream', endpoint: `${origin}/live/http_stream` },
    { transport: 'sse', endpoint: `${origin}/live/sse` },
  ]
  const only = variant.split(', ')[1]
  const chosen = endpoints.filter(({ transport }) => only === undefined || transport === only)
  const client = new Centrifuge(chosen, { emulationEndpoint: '/live/emulation' })
  client.on('publication', ({ data }) => receive(data))
  client.connect()
  return {
    async echo(text) {
      const { data } = await client.rpc('echo', text)
      return data
    },
  }
}
