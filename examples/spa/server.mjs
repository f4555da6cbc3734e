// Bundles main.ts with Vite and serves it, with the hub on the same server.
// Run `node examples/spa/server.mjs` and open what it prints, in two windows.

import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createHub } from 'holdfast/server'
import { build } from 'vite'

const { output } = await build({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: { write: false, target: 'es2022' },
  logLevel: 'warn',
})

const app = express()
for (const { fileName, code, source } of output) {
  const path = fileName === 'index.html' ? '/' : `/${fileName}`
  app.get(path, (_request, response) => response.type(extname(fileName)).send(code ?? source))
}

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
