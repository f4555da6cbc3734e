import type { ServerResponse } from 'node:http'
import { createParser } from 'eventsource-parser'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick } from '../events.js'

/** Events in one write: what a careful server does, and it keeps the server from being what is measured. */
const PACK = 64

export const variants = {
  EventSource: 'stream',
  'fetch + eventsource-parser': 'stream',
} satisfies Variants

/** `data:` and JSON, nothing else. */
export const serve: Serve = (server) => {
  const streams = new Set<ServerResponse>()
  let queue: string[] = []

  function flush(): void {
    if (queue.length === 0) return
    const text = queue.join('')
    queue = []
    for (const stream of streams) stream.write(text)
  }

  server.on('request', (request, response) => {
    if (request.url !== '/live') return
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
    })
    response.write(`data: ${JSON.stringify(makeTick(0))}\n\n`)
    streams.add(response)
    response.once('close', () => streams.delete(response))
  })

  return {
    publish(tick) {
      if (queue.length === 0) setImmediate(flush)
      queue.push(`data: ${JSON.stringify(tick)}\n\n`)
      if (queue.length === PACK) flush()
    },
  }
}

export const open: Open = ({ variant, receive }) => {
  if (variant === 'EventSource') new EventSource('/live').onmessage = ({ data }) => receive(JSON.parse(data))
  else void read(receive)
}

async function read(receive: (tick: unknown) => void): Promise<void> {
  const parser = createParser({ onEvent: ({ data }) => receive(JSON.parse(data)) })
  const response = await fetch('/live', { cache: 'no-store' })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return
    parser.feed(decoder.decode(chunk.value, { stream: true }))
  }
}
