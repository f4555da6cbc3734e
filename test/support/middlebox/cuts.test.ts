import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { box, opened, quiet, server, setUpMiddlebox, until, wait } from './harness.js'

setUpMiddlebox()

const paths = { websocket: '/', sse: '/sse', poll: '/sse?carrier=poll' }
type Carrier = keyof typeof paths
const carriers: Carrier[] = ['websocket', 'sse', 'poll']

/** What comes down on a carrier, byte by byte as it came, and how it ends. Resolves when the head is there. */
async function open(carrier: Carrier, headers = '') {
  const before = { ...server.open }
  const socket = connect(Number(new URL(box.url).port), '127.0.0.1')
  opened.push({ close: () => socket.destroy() })
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  socket.write(`GET ${paths[carrier]} HTTP/1.1\r\nHost: x\r\n${carrier === 'websocket' ? upgrade : ''}${headers}\r\n`)
  let bytes = Buffer.alloc(0)
  const line = {
    end: '',
    get bytes() {
      return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
    },
    /** Without what stands around each piece of a chunked body. */
    get body() {
      const text = line.bytes.toString('latin1').replace(/[\da-f]+\r\n([\s\S]*?)\r\n(?=[\da-f]+\r\n|$)/g, '$1')
      return Buffer.from(text, 'latin1').toString()
    },
  }
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more])
  })
  socket.on('end', () => (line.end ||= 'fin'))
  socket.on('error', (error) => (line.end ||= Reflect.get(error, 'code')))
  await until(() => {
    const { websockets, streams } = server.open
    expect(websockets + streams).toBe(before.websockets + before.streams + 1)
    expect(bytes.includes('\r\n\r\n')).toBe(true)
  })
  if (carrier === 'websocket') await until(() => expect(String(line.bytes)).toContain('welcome'))
  return line
}

const own = 'id: 6\nevent: holdfast:ready\ndata: {"hello":1}\n\n'
const event = 'id: 7\nevent: price\ndata: "0123456789"\n\n'
const nothing = `id: 8\n\n:\n\n${own}`
const length = { fin: 'fin', rst: 'ECONNRESET' }

describe.each(carriers)('cuts %s', (carrier) => {
  /** What passed of the texts that were said since the welcome. */
  const passed = ({ bytes, body }: { bytes: Buffer; body: string }) =>
    carrier === 'websocket' ? String(bytes.subarray(bytes.indexOf('welcome') + 7)) : body

  test.each(['fin', 'rst'] as const)('in the middle of an event, and not of what is none: %s', async (how) => {
    const line = await open(carrier)
    expect(box.cutAt('event', how)).toBe(1)
    server.say(nothing)
    await until(() => expect(passed(line)).toContain(nothing))
    expect(box.counts().cuts).toBe(0)
    server.say(event)
    await until(() => expect(line.end).toBe(length[how]))
    expect(passed(line)).toMatch(/id: 7\nevent: price\ndata: "01234$/)
    expect(box.counts().cuts).toBe(1)
    await until(() => expect(server.open).toEqual({ websockets: 0, streams: 0 }))
    // Once: the next one is whole.
    const next = await open(carrier)
    server.say(event)
    await until(() => expect(passed(next)).toContain(event))
  })

  test('inside a character', async () => {
    const line = await open(carrier)
    box.cutAt('character')
    server.say('data: "grüße"\n\n')
    await until(() => expect(line.end).toBe('ECONNRESET'))
    const { bytes } = line
    const place = bytes.indexOf('data: "gr') + 9
    // Only what ends a piece of a chunked body may follow.
    expect(bytes.subarray(place).toString('hex')).toBe(carrier === 'websocket' ? 'c3' : 'c30d0a')
  })

  test('between an id and what it belongs to', async () => {
    const line = await open(carrier)
    box.cutAt('id')
    server.say(`${nothing}${event}`)
    await until(() => expect(line.end).toBe('ECONNRESET'))
    expect(passed(line)).toMatch(/id: 8\n\n:\n\n[\s\S]*\n\nid: 7\n$/)
  })

  test('only after all before it has arrived, however slow the line', async () => {
    const line = await open(carrier)
    box.set({ bandwidth: 100_000 })
    const long = `data: ${'x'.repeat(30_000)}\n\n`
    server.say(long)
    await until(() => expect(passed(line).length).toBeGreaterThan(0))
    box.cutAt('id')
    server.say(event)
    await until(() => expect(line.end).toBe('ECONNRESET'))
    expect(passed(line).includes(long)).toBe(true)
    expect(passed(line)).toMatch(/id: 7\n$/)
  })
})

describe('cuts', () => {
  test('inside a frame, and inside its header; WebSockets alone', async () => {
    const line = await open('websocket')
    const stream = await open('sse')
    expect(box.cutAt('frame')).toBe(1)
    const before = line.bytes.length
    server.say('0123456789')
    await until(() => expect(line.end).toBe('ECONNRESET'))
    expect(line.bytes.subarray(before).toString('latin1')).toBe('\x81\x0a01234')
    const other = await open('websocket')
    expect(box.cutAt('header')).toBe(1)
    server.say('0123456789')
    await until(() => expect(other.end).toBe('ECONNRESET'))
    expect(other.bytes.subarray(before).toString('latin1')).toBe('\x81')
    expect(stream.end).toBe('')
  })

  test('every open carrier once, each where it has the place', async () => {
    const lines = await openAll()
    expect(box.cutAt('event', 'fin')).toBe(3)
    server.say(event)
    await until(() => expect(lines.map(({ end }) => end)).toEqual(['fin', 'fin', 'fin']))
    expect(box.counts().cuts).toBe(3)
  })

  test('the next poll, where the answer to this one does not have the place', async () => {
    const line = await open('poll')
    box.cutAt('event', 'fin')
    server.say(nothing)
    server.endStreams()
    await until(() => expect(line.bytes.toString()).toMatch(/\r\n0\r\n\r\n$/))
    const next = await open('poll')
    server.say(event)
    await until(() => expect(next.body).toMatch(/"01234$/))
    expect(next.end).toBe('fin')
  })

  test('nothing any more after a reset', async () => {
    const lines = await openAll()
    box.cutAt('event')
    await box.reset()
    server.say(event)
    await wait(quiet)
    expect(lines.map(({ end }) => end)).toEqual(['', '', ''])
  })

  test('inside what is compressed: all before it can be read', async () => {
    box.set({ sse: { gzip: 'hold' } })
    const response = await fetch(`${box.url}/sse`)
    box.cutAt('event')
    server.say(event)
    let text = ''
    const read = async () => {
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk)
    }
    await expect(read()).rejects.toThrow()
    expect(text).toMatch(/data: "01234$/)
  })
})

async function openAll() {
  const lines = []
  for (const carrier of carriers) lines.push(await open(carrier))
  return lines
}
