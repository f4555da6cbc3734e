import { expect, onTestFinished, test } from 'vitest'
import { until } from '../flow/scenarios/recorder.js'
import { remote } from './setup/remote.js'

// Wherever the library is loaded, and however: it opens, hears events in order, and sends.
interface Words {
  /** What carries, at each state that was open. */
  open: unknown[]
  numbers: unknown[]
  rest: unknown[]
}

/** Sorts what such a place says. */
function listen(): Words & { hear(word: unknown): void } {
  const words: Words = { open: [], numbers: [], rest: [] }
  return {
    ...words,
    hear(word) {
      if (typeof word === 'object' && word !== null && 'open' in word) words.open.push(word)
      else if (typeof word === 'object' && word !== null && 'number' in word) words.numbers.push(word.number)
      else words.rest.push(word)
    },
  }
}

interface Expected {
  carrier?: 'websocket' | 'sse'
  /** Beside the reply to the message. */
  says?(server: string): unknown[]
}

async function isAlive(
  place: (server: string, hear: (word: unknown) => void) => void,
  { carrier = 'websocket', says = () => [] }: Expected = {},
): Promise<void> {
  const server = await remote('server')
  const { open, numbers, rest, hear } = listen()
  place(server.url, hear)
  // On a busy machine a WebSocket may need longer than its head start: then SSE carries until it takes over.
  await until(() => expect(open.at(-1)).toEqual({ open: carrier, used: [carrier] }))
  await until(() => expect(rest).toContainEqual({ reply: { echo: 'hi' } }))
  await server.publishNumbers('number', 1, 20)
  await until(() => expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1)))
  expect(rest).toEqual([...says(server.url), { reply: { echo: 'hi' } }])
  expect(open.at(-1)).toEqual({ open: carrier, used: [carrier] })
}

test('in a dedicated worker', () =>
  isAlive((server, hear) => {
    const worker = new Worker(new URL('./workers/dedicated.ts', import.meta.url), { type: 'module' })
    onTestFinished(() => worker.terminate())
    worker.onmessage = ({ data }) => hear(data)
    worker.onerror = ({ message }) => hear({ error: message })
    worker.postMessage(server)
  }))

test('in a shared worker', () =>
  isAlive((server, hear) => {
    const worker = new SharedWorker(new URL('./workers/shared.ts', import.meta.url), { type: 'module' })
    onTestFinished(() => worker.port.close())
    worker.port.onmessage = ({ data }) => hear(data)
    worker.onerror = () => hear({ error: 'the worker did not start' })
    worker.port.postMessage(server)
  }))

/** Loads a page of test/browser/pages in a frame. */
async function inFrame(page: string, expected?: Expected): Promise<void> {
  const pages = await remote('pages')
  await isAlive((server, hear) => {
    const frame = document.createElement('iframe')
    const separator = page.includes('?') ? '&' : '?'
    frame.src = `${pages.url}/${page}${separator}server=${encodeURIComponent(server)}`
    const onMessage = ({ source, data }: MessageEvent) => source === frame.contentWindow && hear(data)
    addEventListener('message', onMessage)
    onTestFinished(() => {
      removeEventListener('message', onMessage)
      frame.remove()
    })
    document.body.append(frame)
  }, expected)
}

test.each([
  ['by a script tag', 'script.html'],
  ['as modules without a bundler', 'module.html'],
  ['in a classic worker by importScripts', 'classic-worker.html'],
])('%s', (_name, page) => inFrame(page))

test('by a script tag, where a policy forbids inline code and eval', () =>
  inFrame('strict.html?strict', { says: () => [{ evaluated: false }] }))

test('by a script tag, where a policy forbids WebSockets', () =>
  inFrame('without-websocket.html', {
    carrier: 'sse',
    says: (server) => [
      { evaluated: false },
      { violatedDirective: 'connect-src', blockedURI: expect.stringContaining(server.replace('http', 'ws')) },
    ],
  }))
