// A server that streams an answer as language models do: `data: {…}` chunks by POST, then `data: [DONE]`.
// Run `node examples/chat-completion/server.mjs` and open what it prints.

import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import express from 'express'

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url))
const app = express()
app.use(express.json())
app.get('/', (_request, response) => response.sendFile(fileOf('index.html')))
app.get('/holdfast.global.js', (_request, response) => response.sendFile(fileOf('../../dist/holdfast.global.js')))

app.post('/v1/chat/completions', async (request, response) => {
  if (request.headers.authorization !== 'Bearer demo-key') {
    response.status(401).json({ error: { message: 'A key is needed.' } })
    return
  }
  const question = request.body.messages.at(-1).content
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }).flushHeaders()
  const say = (delta, reason = null) =>
    response.write(
      `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`,
    )

  say({ role: 'assistant' })
  for (const word of `You asked: “${question}” A holdfast does. It is not a root: it takes in nothing, it only holds.`.split(
    /(?<= )/,
  )) {
    if (response.destroyed) return
    say({ content: word })
    await pause(40)
  }
  say({}, 'stop')
  response.end('data: [DONE]\n\n')
})

const server = app.listen(Number(process.env.PORT ?? 8005), '127.0.0.1', () => {
  console.log(`Open http://127.0.0.1:${server.address().port}/`)
})
