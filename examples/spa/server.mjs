// Bundles main.ts with Vite and serves it, with the hub on the same server.
// Run `node examples/spa/server.mjs` and open what it prints, in two windows.

import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createHub } from 'holdfast/server'
import { build } from 'vite'

const outDir = join(tmpdir(), `holdfast-spa-${process.pid}`)
await build({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: { outDir, emptyOutDir: true, target: 'es2022' },
  logLevel: 'warn',
})

const app = express()
app.use(express.static(outDir))

const server = createServer(app)
const hub = createHub()
hub.attach(server, { path: '/live' })

const votes = { tea: 0, coffee: 0 }
hub.onMessage(async ({ type, data }) => {
  if (type === 'vote' && Object.hasOwn(votes, data)) votes[data] += 1
  await hub.publish('votes', votes)
})

server.listen(Number(process.env.PORT ?? 8002), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${server.address().port}/`)
})
