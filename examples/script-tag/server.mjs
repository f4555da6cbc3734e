// A page with a script tag, and the smallest server: run `node examples/script-tag/server.mjs` and open what it prints.

import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createHub } from 'holdfast/server'

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const app = express()
app.get('/', (_request, response) => response.sendFile(fileOf('index.html')))
app.get('/holdfast.global.js', (_request, response) => response.sendFile(fileOf('../../dist/holdfast.global.js')))

const server = createServer(app)
const hub = createHub()
hub.attach(server, { path: '/live' })

setInterval(() => hub.publish('tick', { time: new Date().toLocaleTimeString('en', { hour12: false }) }), 1000)

server.listen(Number(process.env.PORT ?? 8001), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${server.address().port}/`)
})
