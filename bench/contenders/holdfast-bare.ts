import type { IncomingMessage, ServerResponse } from 'node:http'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import { connect, longPoll, sse, websocket } from '../../src/index.js'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

/** Events in one frame or write. */
const PACK = 64

/** What the variants begin with; told apart from the whole of Holdfast, they show what the client costs without the hub. */
const NAME = 'Holdfast on a bare server'

export const variants = {
  [`${NAME}, websocket`]: 'websocket',
  [`${NAME}, sse`]: 'stream',
  [`${NAME}, long-poll`]: 'poll',
} satisfies Variants

const HELLO = [
  'event: holdfast:open\ndata: {"version":1,"level":2,"heartbeat":60000}\n\n',
  'id: bare.0\nevent: holdfast:ready\ndata: {"hello":1,"gap":false,"principal":"bare"}\n\n',
].join('')

function block(tick: Tick): string {
  return `id: bare.${tick.number + 1}\nevent: tick\ndata: ${JSON.stringify(tick)}\n\n`
}

/** The wire format at level 2 with nothing behind it: no limits, no principals, no history but an array of text. */
export const serve: Serve = (server) => {
  const sockets = new Set<ServerSocket>()
  const streams = new Set<ServerResponse>()
  let polls: { readonly after: number; readonly response: ServerResponse }[] = []
  let log: string[] = []
  let sent = 0

  function flush(): void {
    if (sent === log.length) return
    const text = log.slice(sent).join('')
    sent = log.length
    for (const socket of sockets) socket.send(text)
    for (const stream of streams) stream.write(text)
  }

  function answerPolls(): void {
    flush()
    const answered = polls
    polls = []
    for (const { after, response } of answered) response.end(log.slice(after).join(''))
  }

  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (accepted) => {
      sockets.add(accepted)
      accepted.once('close', () => sockets.delete(accepted))
      accepted.send(HELLO + block(makeTick(0)))
    })
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname !== '/live') return
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
    })
    if (searchParams.get('carrier') === 'poll') {
      const after = Number(searchParams.get('cursor')?.split('.')[1] ?? 0)
      response.write(HELLO.replace('bare.0', `bare.${after}`))
      if (log.length > after) response.end(log.slice(after).join(''))
      else polls.push({ after, response })
      return
    }
    response.write(HELLO + block(makeTick(0)))
    streams.add(response)
    response.once('close', () => streams.delete(response))
  })

  return {
    async prepare() {
      log = [block(makeTick(0))]
      sent = 1
      polls = []
      return ''
    },
    publish(tick) {
      log.push(block(tick))
      if (log.length - sent === 1) setImmediate(answerPolls)
      if (log.length - sent === PACK) flush()
    },
  }
}

const TRANSPORTS = new Map([
  ['websocket', websocket],
  ['sse', sse],
  ['long-poll', longPoll],
])

export const open: Open = ({ variant, receive }) => {
  const transport = TRANSPORTS.get(variant.split(', ')[1] ?? '') ?? websocket
  connect<{ tick: Tick }>('/live', { transports: [transport()] }).on('tick', ({ data }) => receive(data))
  return {}
}
