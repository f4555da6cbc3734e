// What the four pages of react, vue, svelte and rxjs talk to: a tide gauge, and notes that visitors leave.

import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createHub } from 'holdfast/server'
import { build } from 'vite'

/** Bundles the page in the folder with Vite and serves it, with the hub on the same server. */
export async function serve({ folder, port, plugins = [], define = {} }) {
  const { output } = await build({
    root: fileURLToPath(folder),
    configFile: false,
    plugins,
    define,
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

  const levelAt = (time) => 3 + 2 * Math.sin(time / 8000) + 0.06 * Math.sin(time / 700)
  setInterval(() => {
    const metres = levelAt(Date.now())
    // Of use only now: it needs no place in the history.
    hub.publish('level', { metres, rising: metres > levelAt(Date.now() - 500) }, { ephemeral: true })
  }, 500)

  const notes = []
  let number = 0
  hub.onMessage(async ({ type, data }) => {
    const text = type === 'note' && typeof data === 'string' ? data.trim().slice(0, 200) : ''
    if (text !== '') notes.push({ number: ++number, text, time: new Date().toISOString() })
    notes.splice(0, notes.length - 8)
    await hub.publish('notes', notes)
  })

  server.listen(Number(process.env.PORT ?? port), '127.0.0.1', () => {
    console.log(`Open http://127.0.0.1:${server.address().port}/`)
  })
}
