import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createHub, memoryLedger } from '../../src/server/index.js'
import type { Census, HubUnderAttack, Order, Vitals } from './hub-contract.js'

// A hub in a process of its own, so that its memory is its own. What it is told and tells goes over the channel to its parent.
const settings: HubUnderAttack = JSON.parse(process.argv[2] ?? '{}')
const { authorizeTakes, handlerTakes, replyBytes, perMessageDeflate, server: serverOptions } = settings
const errors: string[] = []
const note = (error: unknown) => errors.push(String(error instanceof Error ? error.stack : error))
process.on('uncaughtException', note)
process.on('unhandledRejection', note)

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const hub = createHub({
  limits: settings.limits,
  heartbeat: settings.heartbeat,
  ledger: memoryLedger({ maxClients: settings.maxClients }),
  ...(authorizeTakes !== undefined && {
    async authorize({ headers }) {
      // Only who asks for it has to wait.
      if (headers.get('x-slow')) await wait(authorizeTakes)
      return { principal: 'everybody' }
    },
  }),
})
hub.onError(note)
let handled = 0
hub.onMessage(async ({ type }) => {
  if (type === 'slow') await wait(handlerTakes ?? 0)
  handled += 1
  return type === 'large' ? 'x'.repeat(replyBytes ?? 0) : undefined
})
// No connection between two polls is closed in the moment in which it is used again.
const server = createServer({ keepAliveTimeout: 60_000, ...serverOptions }, (_, response) =>
  response.writeHead(404).end(),
)
hub.attach(server, { perMessageDeflate })
const sockets = new Set<Socket>()
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
})

let published = 0
let publishing: ReturnType<typeof setInterval> | undefined

const orders: Record<Order['order'], (order: Order) => unknown> = {
  publish({ size = 0, every }) {
    const publish = () => hub.publish('tick', { number: (published += 1), padding: 'x'.repeat(size) })
    clearInterval(publishing)
    if (every === undefined) publish()
    else publishing = setInterval(publish, every)
    return published
  },
  stop() {
    clearInterval(publishing)
    return published
  },
  census: (): Census => ({
    clients: hub.clients.size,
    ports: [...sockets].flatMap(({ remotePort = [] }) => remotePort),
    handled,
  }),
  async vitals(): Promise<Vitals> {
    // What is collectable takes its turns to become so.
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc?.()
      await setImmediate()
    }
    const { heapUsed, external } = process.memoryUsage()
    return { held: heapUsed + external, errors }
  },
}

server.listen(0, '127.0.0.1', 4_096, () => {
  const address = server.address()
  process.send?.(address !== null && typeof address === 'object' ? address.port : 0)
})
process.on('message', async (order: Order) => process.send?.(await orders[order.order](order)))
process.once('disconnect', () => process.exit())
