// An Express server with server-sent events that was there before Holdfast, and a page on another origin that hears it.
// Run `node examples/plain-express-sse/server.mjs` and open what it prints.

import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import express from 'express'

const listen = (app, port) =>
  new Promise((resolve) => {
    const server = app.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`))
  })

// The page.
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const site = express()
site.get('/', (_request, response) => response.sendFile(fileOf('index.html')))
site.get('/holdfast.global.js', (_request, response) => response.sendFile(fileOf('../../dist/holdfast.global.js')))
site.get('/api-origin', (_request, response) => response.send(apiOrigin))
const siteOrigin = await listen(site, Number(process.env.PORT ?? 8004))

// The API, on a port and so an origin of its own.
const api = express()
api.use((request, response, next) => {
  response.set({
    'access-control-allow-origin': siteOrigin,
    'access-control-allow-credentials': 'true',
    // A page that resumes asks with this header, which makes the browser ask for permission first.
    'access-control-allow-headers': 'last-event-id',
    vary: 'origin',
  })
  if (request.method === 'OPTIONS') response.status(204).end()
  else next()
})

const sessions = new Set()
api.post('/login', (_request, response) => {
  const session = randomUUID()
  sessions.add(session)
  response.cookie('session', session, { httpOnly: true, sameSite: 'strict' }).status(204).end()
})

const notices = []
const readers = new Set()
api.get('/events', (request, response) => {
  const session = /session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  if (!sessions.has(session)) {
    response.status(401).send('Log in first.')
    return
  }
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }).flushHeaders()
  // Without an id: everything so far.
  for (const notice of notices.slice(Number(request.headers['last-event-id'] ?? 0))) response.write(notice)
  readers.add(response)
  response.on('close', () => readers.delete(response))
})

function tell(text) {
  for (const reader of readers) reader.write(text)
}

setInterval(() => {
  const celsius = (20 + 3 * Math.sin(Date.now() / 5000)).toFixed(1)
  tell(`event: temperature\ndata: {"celsius":${celsius}}\n\n`)
}, 500)
setInterval(() => {
  const id = notices.length + 1
  notices.push(`id: ${id}\nevent: notice\ndata: Watered bed ${(id % 4) + 1}\n\n`)
  tell(notices.at(-1))
}, 2000)

const apiOrigin = await listen(api, 0)
console.log(`Open ${siteOrigin}/`)
