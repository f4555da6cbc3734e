import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createHub, type History, type Hub, memoryHistory } from '../../../src/server/index.js'
import type { FromServer, SaidData, ServerSettings, ToServer } from './messages.js'

// One server process of a world. Its runner kills it.

/** Resolves when the runner will read it, even if this process is killed now. */
function tell(message: FromServer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error) => (error ? reject(error) : resolve()))
  })
}

let token = ''
let hub: Hub | undefined

async function onRedis(url: string): Promise<History> {
  const { redisHistory } = await import('../../../src/server/redis/index.js')
  return redisHistory({ url })
}

async function start(settings: ServerSettings): Promise<void> {
  const { heartbeat, store, guarded, lifetime, limits, page } = settings
  hub = createHub({
    heartbeat,
    history: store.kind === 'redis' ? await onRedis(store.url) : memoryHistory({ maxEvents: store.maxEvents }),
    // Some pages come from another origin, all of them from this machine.
    allowedOrigins: (origin) => origin.startsWith('http://127.0.0.1:'),
    limits: { connectionsPerPrincipal: 1000, ...limits },
    authorize: ({ headers }) => {
      if (guarded && headers.get('authorization') !== `Bearer ${token}`) return { status: 401 }
      return { principal: 'everybody', ...(lifetime !== undefined && { expires: Date.now() + lifetime }) }
    },
  })
  hub.onError((error) => tell({ kind: 'trouble', why: String(error) }))
  hub.onMessage(async ({ data, publish }, { transport }) => {
    const said = data as SaidData
    await tell({ kind: 'handled', said, transport })
    publish('said', said)
    return said.number
  })
  const script = readFileSync(page)
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><title>A page of a world</title><script src="/page.js"></script>')
  })
  hub.attach(server)
  server.listen(0, '127.0.0.1')
  await new Promise((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  const address = server.address()
  await tell({ kind: 'started', port: typeof address === 'object' ? (address?.port ?? 0) : 0 })
}

function publish({ data, topic }: Extract<ToServer, { kind: 'publish' }>): void {
  const { number } = data
  hub?.publish('number', data, { topic }).then(
    (id) => tell({ kind: 'acknowledged', number, id: id ?? '' }),
    (error) => tell({ kind: 'failed', number, why: String(error) }),
  )
}

process.on('message', async (message: ToServer) => {
  switch (message.kind) {
    case 'start':
      return start(message.settings)
    case 'publish':
      return publish(message)
    case 'token':
      token = message.token
      return
    case 'expire':
      hub?.disconnect(undefined, { code: 'expired' })
      return
    case 'drain':
      await hub?.drain({ window: message.window })
      await hub?.close()
      return tell({ kind: 'drained' })
    case 'memory':
      return tell({ kind: 'memory', heap: process.memoryUsage().heapUsed })
  }
})
// Without a runner there is nobody to serve.
process.on('disconnect', () => process.exit())
