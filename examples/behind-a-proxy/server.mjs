// One of the processes behind nginx or HAProxy. What was published, and what was sent, they share by a Redis (REDIS_URL):
// `PORT=3001 node examples/behind-a-proxy/server.mjs`, and the same with PORT=3002. docs/proxies.md goes on from there.

import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createHub } from 'holdfast/server'
import { redisHistory } from 'holdfast/server/redis'

const { PORT = 3001, REDIS_URL = 'redis://127.0.0.1:6379', NOTICE = 3_000, WINDOW = 10_000 } = process.env

const hub = createHub({ history: redisHistory({ url: REDIS_URL }) })
// Published together with the outcome of the send: once, whatever happens to this process.
hub.onMessage(({ type, data, publish }) => publish(type, data))

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const app = express()
app.get('/', (_request, response) => response.sendFile(fileOf('index.html')))
app.get('/holdfast.global.js', (_request, response) => response.sendFile(fileOf('../../dist/holdfast.global.js')))

const server = createServer(app)
// Longer than the proxy keeps an idle connection (60 s), or it would use one that is just being closed.
server.keepAliveTimeout = 75_000
hub.attach(server, { path: '/live' })
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${server.address().port}/, or what stands in front of it.`)
})

let stopping = false
app.get('/health', (_request, response) => {
  response.status(stopping ? 503 : 200).json({ process: process.pid, clients: hub.clients.size })
})

process.once('SIGTERM', async () => {
  // 1. The health check fails, and by the end of the notice the proxy sends nobody new.
  stopping = true
  await pause(Number(NOTICE))
  // 2. Who comes all the same is refused, so that the proxy asks the other process.
  server.close()
  setInterval(() => server.closeIdleConnections(), 100)
  // 3. Those who are here leave, spread over the window, and go on at the other process.
  await hub.drain({ window: Number(WINDOW) })
  // 4. Who has not left yet is told that it is over.
  await hub.close()
  process.exit(0)
})
