import type { ServerResponse } from 'node:http'
import type { Open, Serve, Variants } from '../contract.js'
import { makeTick, type Tick } from '../events.js'

export const variants = { 'JSON long-poll': 'poll' } satisfies Variants

/** GET /live?after=N waits until there are events after the first N, and answers all of them as one JSON array. */
export const serve: Serve = (server) => {
  let log: Tick[] = []
  let waiting: { readonly after: number; readonly response: ServerResponse }[] = []

  function answer(response: ServerResponse, after: number): void {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    response.end(JSON.stringify(log.slice(after)))
  }

  function flush(): void {
    const answered = waiting
    waiting = []
    for (const { response, after } of answered) answer(response, after)
  }

  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname !== '/live') return
    const after = Number(searchParams.get('after'))
    if (log.length > after) {
      answer(response, after)
      return
    }
    waiting.push({ after, response })
    response.once('close', () => {
      waiting = waiting.filter((poll) => poll.response !== response)
    })
  })

  return {
    async prepare() {
      log = [makeTick(0)]
      return ''
    },
    publish(tick) {
      log.push(tick)
      if (waiting.length > 0) setImmediate(flush)
    },
  }
}

export const open: Open = ({ receive }) => {
  void poll(receive)
  return {}
}

async function poll(receive: (tick: unknown) => void): Promise<void> {
  let after = 0
  for (;;) {
    const response = await fetch(`/live?after=${after}`, { cache: 'no-store' })
    const ticks: unknown[] = await response.json()
    for (const tick of ticks) receive(tick)
    after += ticks.length
  }
}
