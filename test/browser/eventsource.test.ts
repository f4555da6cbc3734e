import { describe, expect, onTestFinished, test } from 'vitest'
import { server } from 'vitest/browser'
import { check, type Failures, type What } from '../eventsource/conformance/check.js'
import { requirements } from '../eventsource/conformance/requirements.js'
import { remote } from './setup/remote.js'

// What the standard demands, of ours and of the browser's own: where the browser fulfils it, so must ours; what the browser
// itself does not fulfil is written down. So no requirement is one that nobody could fulfil.

const worker = new URL('../eventsource/conformance/worker.ts', import.meta.url)

const scopes: Record<string, (what: What) => Promise<Failures>> = {
  window: check,
  'dedicated worker': (what) =>
    new Promise((resolve, reject) => {
      const dedicated = new Worker(worker, { type: 'module' })
      onTestFinished(() => dedicated.terminate())
      dedicated.onmessage = ({ data }) => resolve(data)
      dedicated.onerror = ({ message }) => reject(new Error(message))
      dedicated.postMessage(what)
    }),
  'shared worker': (what) =>
    new Promise((resolve, reject) => {
      const shared = new SharedWorker(worker, { type: 'module' })
      onTestFinished(() => shared.port.close())
      shared.port.onmessage = ({ data }) => resolve(data)
      shared.onerror = () => reject(new Error('the worker did not start'))
      shared.port.postMessage(what)
    }),
}

/** What the browser's own EventSource does not fulfil. */
const nativeFailures: Record<string, string[]> = {
  chromium: ['a stream is UTF-8, whatever its content type says', 'what is no URL is a SyntaxError'],
  firefox: [
    'an id stays until another comes, and one with NULL is none',
    'lines end with CR, LF or both; one byte order mark is none of the text; comments and unknown fields are ignored',
    'what is down is tried again',
  ],
  webkit: [],
}

describe.each(Object.entries(scopes))('in a %s', (_, checkThere) => {
  test('ours fulfils all that the standard demands', async () => {
    const { url } = await remote('eventStreams')
    expect(requirements.length).toBeGreaterThan(15)
    expect(await checkThere({ server: url, which: 'ours', without: [] })).toEqual({})
  })

  test('so does the browser’s own, but for what is known', async () => {
    const { url } = await remote('eventStreams')
    const without = nativeFailures[server.browser] ?? []
    expect(await checkThere({ server: url, which: 'native', without })).toEqual({})
  })
})
