import type { ServerResponse } from 'node:http'
import { createParser } from 'eventsource-parser'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

/** Events in one write: what a careful server does, and it keeps the server from being what is measured. */
const PACK = 64

export const variants = {
  EventSource: 'stream',
  'fetch + eventsource-parser': 'stream',
  // What anybody who wants to resume, and more than one type, has on the wire: a third more bytes, three times the lines.
  'fetch + eventsource-parser, ids and types': 'stream',
} satisfies Variants

function plainBlock(tick: Tick): string {
  return `data: ${JSON.stringify(tick)}\n\n`
}

function fullBlock(tick: Tick): string {
  return `id: full.${tick.number + 1}\nevent: tick\n${plainBlock(tick)}`
}

/** `data:` and JSON, nothing else; on /live/full with an id and a type. */
export const serve: Serve = (server) => {
  const plain = new Set<ServerResponse>()
  const full = new Set<ServerResponse>()
  let queue: Tick[] = []

  function flush(): void {
    const ticks = queue
    queue = []
    write(plain, ticks, plainBlock)
    write(full, ticks, fullBlock)
  }

  server.on('request', (request, response) => {
    if (request.url !== '/live' && request.url !== '/live/full') return
    const [streams, block] = request.url === '/live' ? [plain, plainBlock] : [full, fullBlock]
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
    })
    response.write(block(makeTick(0)))
    streams.add(response)
    response.once('close', () => streams.delete(response))
  })

  return {
    publish(tick) {
      if (queue.length === 0) setImmediate(flush)
      queue.push(tick)
      if (queue.length === PACK) flush()
    },
  }
}

function write(streams: ReadonlySet<ServerResponse>, ticks: readonly Tick[], block: (tick: Tick) => string): void {
  if (streams.size === 0 || ticks.length === 0) return
  const text = ticks.map(block).join('')
  for (const stream of streams) stream.write(text)
}

export const open: Open = ({ variant, receive }) => {
  if (variant === 'EventSource') new EventSource('/live').onmessage = ({ data }) => receive(JSON.parse(data))
  else void read(variant.endsWith('types') ? '/live/full' : '/live', receive)
  return {}
}

async function read(url: string, receive: (tick: unknown) => void): Promise<void> {
  const parser = createParser({ onEvent: ({ data }) => receive(JSON.parse(data)) })
  const response = await fetch(url, { cache: 'no-store' })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return
    parser.feed(decoder.decode(chunk.value, { stream: true }))
  }
}
