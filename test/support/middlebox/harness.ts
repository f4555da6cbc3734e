import { afterEach, beforeEach, vi } from 'vitest'
import { type Middlebox, startMiddlebox } from '../middlebox.js'
import { type PlainServer, startPlainServer } from '../plain-server.js'

// Each fault against a real server, with Node's own WebSocket and fetch.

/** Silence can only be shown by waiting, in ms. */
export const quiet = 150

export let server: PlainServer
export let box: Middlebox
/** What has to be closed when a test is over. */
export const opened: { close(): void }[] = []

/** Gives every test of a file a server with a middlebox before it. */
export function setUpMiddlebox(): void {
  beforeEach(async () => {
    server = await startPlainServer()
    box = await startMiddlebox(server.url)
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) one.close()
    await box.close()
    await server.close()
  })
}

/** A WebSocket through the middlebox, and what happens to it. */
export function openSocket() {
  const socket = new WebSocket(`${box.url.replace('http', 'ws')}/socket`)
  opened.push(socket)
  const log: string[] = []
  socket.onopen = () => log.push('open')
  socket.onmessage = (event) => log.push(String(event.data))
  socket.onclose = (event) => log.push(`close ${event.code}`)
  return { socket, log }
}

/** A stream through the middlebox, and what happens to it. Resolves when its headers are there. */
export async function openStream() {
  const abort = new AbortController()
  opened.push({ close: () => abort.abort() })
  const response = await fetch(`${box.url}/sse`, { signal: abort.signal })
  const log: string[] = []
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) log.push(decoder.decode(chunk))
  }
  read().then(
    () => log.push('end'),
    () => log.push('cut'),
  )
  return { response, log, abort }
}

export const until = (check: () => void) => vi.waitFor(check, { timeout: 3000, interval: 5 })
export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
