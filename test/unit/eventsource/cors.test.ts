import { beforeEach, expect, test, vi } from 'vitest'
import { random, useFakeTime } from '../../support/fake-time.js'
import { settle, startSource } from './source.js'

useFakeTime()
beforeEach(() => random(0))

interface Asked {
  mode: RequestMode | undefined
  id: string | null
  signal: AbortSignal | null | undefined
}

/** Answers each request with what the next word says; a browser in which others may not read. */
function foreign(...words: ('blocked' | 'down' | 'opaque' | 'basic' | 'stream')[]) {
  const asked: Asked[] = []
  const fetch = async (_url: string, { mode, headers, signal }: RequestInit) => {
    const word = words[asked.length] ?? 'stream'
    asked.push({ mode, id: new Headers(headers).get('last-event-id'), signal })
    if (word === 'blocked' || word === 'down') throw new TypeError('Failed to fetch')
    if (mode === 'no-cors') return Object.defineProperty(new Response(), 'type', { value: word })
    return new Response('retry: 100\nid: 1\ndata: x\n\n', { headers: { 'content-type': 'text/event-stream' } })
  }
  return { fetch, asked }
}

const modes = (asked: Asked[]) => asked.map(({ mode }) => mode ?? 'cors')

test('what CORS forbids is the end', async () => {
  const { fetch, asked } = foreign('blocked', 'opaque', 'blocked')
  const { heard } = startSource({ fetch }, 'http://other.test/')
  await settle(60_000)
  expect(heard).toEqual(['error forbidden 2'])
  expect(modes(asked)).toEqual(['cors', 'no-cors', 'cors'])
  // It would be an endless stream.
  expect(asked[1]?.signal?.aborted).toBe(true)
})

test('what is down is tried again', async () => {
  const { fetch, asked } = foreign('down', 'down')
  const { heard } = startSource({ fetch }, 'http://other.test/')
  await settle()
  expect(heard).toEqual(['error network 0'])
  await settle(3000)
  expect(heard.slice(1, 3)).toEqual(['open 1', 'message x'])
  expect(modes(asked)).toEqual(['cors', 'no-cors', 'cors'])
})

test('what comes up in between is no CORS', async () => {
  const { fetch, asked } = foreign('down', 'opaque', 'stream')
  const { heard } = startSource({ fetch }, 'http://other.test/')
  await settle()
  expect(heard.slice(0, 2)).toEqual(['open 1', 'message x'])
  expect(modes(asked)).toEqual(['cors', 'no-cors', 'cors'])
})

test('what answers from the same origin was no CORS', async () => {
  const { fetch, asked } = foreign('down', 'basic')
  const { heard } = startSource({ fetch })
  await settle()
  expect(heard).toEqual(['error network 0'])
  expect(modes(asked)).toEqual(['cors', 'no-cors'])
})

test('a server that does not allow Last-Event-ID is asked without it, and the page is told', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { fetch, asked } = foreign('stream', 'blocked', 'opaque', 'blocked', 'stream')
  const { heard } = startSource({ fetch }, 'http://other.test/')
  await settle()
  await settle(100)
  expect(asked.slice(0, 5).map(({ id }) => id)).toEqual([null, '1', null, '1', null])
  expect(heard.slice(0, 5)).toEqual(['open 1', 'message x', 'error undefined 0', 'open 1', 'message x'])
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('Access-Control-Allow-Headers'))
})

test('closing stops the second look as well', async () => {
  let probe: AbortSignal | null | undefined
  const fetch = (_url: string, { mode, signal }: RequestInit) => {
    if (mode !== 'no-cors') return Promise.reject(new TypeError('Failed to fetch'))
    probe = signal
    return new Promise<Response>(() => {})
  }
  const { source, heard } = startSource({ fetch }, 'http://other.test/')
  await settle()
  expect(probe?.aborted).toBe(false)
  source.close()
  expect(probe?.aborted).toBe(true)
  expect(heard).toEqual([])
})

test('where there is no CORS nobody looks twice', async () => {
  vi.stubGlobal('location', undefined)
  const { fetch, asked } = foreign('down')
  startSource({ fetch }, 'http://other.test/')
  await settle()
  expect(modes(asked)).toEqual(['cors'])
})
