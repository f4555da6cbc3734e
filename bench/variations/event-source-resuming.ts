import type { ServerResponse } from 'node:http'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

export const variants = { 'EventSource, with a server that resumes': 'stream' } satisfies Variants

function block(tick: Tick): string {
  return `id: ${tick.number}\ndata: ${JSON.stringify(tick)}\n\n`
}

/** Events with ids, and all that came after the `Last-Event-ID` for who comes back. */
export const serve: Serve = (server) => {
  const streams = new Set<ServerResponse>()
  let log: Tick[] = []

  server.on('request', (request, response) => {
    if (request.url !== '/live') return
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
    })
    const last = request.headers['last-event-id']
    response.write(last === undefined ? block(makeTick(0)) : log.slice(Number(last)).map(block).join(''))
    response.flushHeaders()
    streams.add(response)
    response.once('close', () => streams.delete(response))
  })

  return {
    async prepare() {
      log = []
      return ''
    },
    publish(tick) {
      log.push(tick)
      const text = block(tick)
      for (const stream of streams) stream.write(text)
    },
  }
}

export const open: Open = ({ receive }) => {
  new EventSource('/live').onmessage = ({ data }) => receive(JSON.parse(data))
  return {}
}
