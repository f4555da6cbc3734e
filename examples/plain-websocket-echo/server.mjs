// A WebSocket server that was there before Holdfast, over TLS with a certificate made at start.
// Run `node examples/plain-websocket-echo/server.mjs`, open what it prints, and let the browser trust the certificate.

import { createServer } from 'node:https'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { generate } from 'selfsigned'
import { WebSocketServer } from 'ws'

const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
})

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const app = express()
app.get('/', (_request, response) => response.sendFile(fileOf('index.html')))
app.get('/holdfast.global.js', (_request, response) => response.sendFile(fileOf('../../dist/holdfast.global.js')))

const server = createServer({ key, cert }, app)
new WebSocketServer({ server, path: '/echo' }).on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

server.listen(Number(process.env.PORT ?? 8003), '127.0.0.1', () => {
  console.log(`Open https://127.0.0.1:${server.address().port}/`)
})
