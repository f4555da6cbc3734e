import { expect, onTestFinished, test, vi } from 'vitest'
import { commands } from 'vitest/browser'
import type { Middlebox } from '../support/middlebox.js'
import type { Remote } from '../support/remote.js'
import { remote } from './setup/remote.js'

// What the browser tests stand on, shown with the browsers' own network and nothing of ours.
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 10 })

/** Firefox lets neither fetch nor EventSource know of a response before the first bytes of its body: ask the middlebox. */
async function streamIsOpen(box: Remote<Middlebox>): Promise<void> {
  await until(async () => expect((await box.counts()).requests.sse).toBe(1))
  await box.forget()
}

test('a WebSocket through the middlebox, refused, swallowed and killed', async () => {
  const server = await remote('plainServer')
  const box = await remote('middlebox', server.url)
  const open = () => {
    const log: string[] = []
    const socket = new WebSocket(box.url.replace('http', 'ws'))
    onTestFinished(() => socket.close())
    socket.onopen = () => log.push('open')
    socket.onmessage = (event) => log.push(event.data)
    socket.onclose = () => log.push('close')
    return { socket, log }
  }
  await box.set({ websocket: { status: 403 } })
  const refused = open()
  await until(() => expect(refused.log).toEqual(['close']))

  await box.set({ websocket: { swallow: 'down' } })
  const swallowed = open()
  await until(() => expect(swallowed.log).toEqual(['open']))
  swallowed.socket.send('up')
  await until(async () => expect(await server.heardSoFar()).toEqual(['up']))
  expect(swallowed.log).toEqual(['open'])

  await box.reset()
  const { log } = open()
  await until(() => expect(log).toEqual(['open', 'welcome']))
  await box.kill('rst')
  await until(() => expect(log).toEqual(['open', 'welcome', 'close']))
})

test('an SSE stream by fetch through the middlebox, buffered and cut', async () => {
  const server = await remote('plainServer')
  const box = await remote('middlebox', server.url)
  const read = async () => {
    const log: string[] = []
    const abort = new AbortController()
    onTestFinished(() => abort.abort())
    const listen = async () => {
      const response = await fetch(`${box.url}/sse`, { signal: abort.signal, cache: 'no-store' })
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) return
        log.push(value)
      }
    }
    // A cut chunked body is an error in Chromium and Firefox, and at times a clean end in WebKit.
    listen()
      .catch(() => {})
      .then(() => log.push('over'))
    await streamIsOpen(box)
    return log
  }
  const plain = await read()
  await server.say('data: 1\n\n')
  await until(() => expect(plain).toEqual(['data: 1\n\n']))
  await box.kill('fin')
  await until(() => expect(plain).toEqual(['data: 1\n\n', 'over']))

  await box.set({ sse: 'buffer' })
  const buffered = await read()
  await server.say('data: 2\n\n')
  await server.say('data: 3\n\n')
  expect(buffered).toEqual([])
  await server.endStreams()
  await until(() => expect(buffered.join('')).toBe('data: 2\n\ndata: 3\n\nover'))
})

test('a native EventSource and a poll through the middlebox, counted', async () => {
  const server = await remote('plainServer')
  const box = await remote('middlebox', server.url)
  const source = new EventSource(`${box.url}/sse`)
  onTestFinished(() => source.close())
  const heard: string[] = []
  source.onmessage = (event) => heard.push(event.data)
  await streamIsOpen(box)
  await server.say('data: 1\n\n')
  await until(() => expect(heard).toEqual(['1']))
  expect(await (await fetch(`${box.url}/?carrier=poll`)).text()).toBe('polled')
  await box.set({ poll: { status: 429, retryAfter: 3 } })
  const refused = await fetch(`${box.url}/?carrier=poll`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
  expect((await box.counts()).requests).toMatchObject({ sse: 0, poll: 2 })
})

test('another tab shares locks with this one, and lets go when it closes', async () => {
  const tab = await commands.openTab(new URL('setup/tab.html', import.meta.url).href)
  await commands.evaluateInTab(
    tab,
    `new Promise((held) => { navigator.locks.request('shared', () => { held(); return new Promise(() => {}) }) })`,
  )
  expect((await navigator.locks.query()).held?.map(({ name }) => name)).toContain('shared')
  const mine = navigator.locks.request('shared', () => 'mine')
  await commands.closeTab(tab)
  expect(await mine).toBe('mine')
})
