import { createServer, type Server } from 'node:http'
import { createHub, type Hub, memoryHistory } from '../../../src/server/index.js'
import { type Controls, type Publication, serveControls } from './server.js'

/** Our own server under test. */
export interface StartedHub {
  url: string
  control: string
  close(): Promise<void>
}

const topicLimit = 20
const historyEvents = 2000
/** Less than a client is made to miss: some of it is gone when it reads again. */
const historyBytes = 8_000_000

/** Starts a hub with the controls that the suite asks for. */
export async function startHub(): Promise<StartedHub> {
  const log: { at: 'begin' | 'end'; type: string; data: unknown }[] = []
  const http: Server = createServer((_request, response) => response.writeHead(404).end())
  let hub = begin()
  let detach = hub.attach(http, { path: '/live' })

  function begin(): Hub {
    const hub = createHub({
      history: memoryHistory({ maxEvents: historyEvents, maxBytes: historyBytes }),
      heartbeat: 1000,
      limits: { topics: topicLimit, helloTimeout: 500 },
      authorize: ({ headers }) => {
        const topics = (topic: string): boolean => !topic.startsWith('suite-denied:')
        switch (headers.get('authorization')) {
          case null:
            return { principal: 'guest', topics }
          case 'Bearer suite-alice':
            return { principal: 'alice', topics }
          case 'Bearer suite-bob':
            return { principal: 'bob', topics }
          case 'Bearer suite-brief':
            return { principal: 'alice', topics, expires: Date.now() + 1000 }
          case 'Bearer suite-forbidden':
            return { status: 403 }
          default:
            return { status: 401 }
        }
      },
    })
    hub.onMessage(async ({ type, data }) => {
      log.push({ at: 'begin', type, data })
      if (type === 'slow') await new Promise((resolve) => setTimeout(resolve, 200))
      log.push({ at: 'end', type, data })
      if (type === 'fail') throw Object.assign(new Error('as you wished'), { code: 'no-luck' })
      return data
    })
    return hub
  }

  async function publish(events: readonly Publication[]): Promise<(string | null)[]> {
    const published = events.map(({ type, data, bytes, topic, ephemeral }) =>
      hub.publish(type, bytes === undefined ? data : Buffer.from(bytes, 'base64'), { topic, ephemeral }),
    )
    return (await Promise.all(published)).map((id) => id ?? null)
  }

  const controls: Controls = {
    facts: { tokens: true, topics: true, sends: true, topicLimit },
    publish,
    async restart() {
      detach()
      const before = hub
      hub = begin()
      detach = hub.attach(http, { path: '/live' })
      await before.close()
    },
    async trim() {
      const filler = Array.from({ length: historyEvents + 1 }, () => ({ type: 'filler', topic: 'suite:filler' }))
      await publish(filler)
    },
    drain(window) {
      // It resolves when all have left, and the suite wants to see them leave.
      void hub.drain({ window })
    },
    handled: () => log,
  }

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the hub listens on no port')
  const served = await serveControls(controls)
  return {
    url: `http://127.0.0.1:${address.port}/live`,
    control: served.url,
    async close() {
      await served.close()
      await hub.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
