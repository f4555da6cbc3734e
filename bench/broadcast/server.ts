import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeTick } from '../events.js'
import { portOf } from '../host.js'
import { broadcasterOf } from './broadcasters.js'
import { answer, now } from './child.js'

// One server in a process of its own: `server.mjs <name>`.
const server = createServer()
const broadcast = broadcasterOf(process.argv[2]).serve(server)
let published = 0

/** Connections that are open now. */
function count(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, connections) => (error ? reject(error) : resolve(connections)))
  })
}

answer({
  listen: () =>
    new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ port: portOf(server.address()) }))),

  /** Resolves when so many are left. */
  async left(wanted) {
    while ((await count()) !== wanted) await sleep(10)
    return {}
  },

  /** Bytes, when what is not needed is gone: of the whole process, and of its heap and what belongs to it. */
  async memory() {
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc?.()
      await sleep(20)
    }
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heap: heapUsed + external }
  },

  publish(events) {
    const ticks = Array.from({ length: events }, (_, index) => makeTick(published + index + 1))
    published += events
    const at = now()
    broadcast(ticks)
    return { at }
  },
})
