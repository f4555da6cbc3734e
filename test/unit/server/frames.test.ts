import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createHub } from '../../../src/server/index.js'
import { Served, Socket } from './served.js'

/** The most bytes of a message whose frame says its length in one byte, and in two more. */
const LENGTHS = [125, 65_535]

test.each(LENGTHS)('messages of about %d bytes arrive as they were written', async (most) => {
  await using served = await Served.start()
  const sockets = [served.socket(), served.socket()]
  for (const socket of sockets) await socket.block('holdfast:ready')
  const greetings = sockets.map(({ messages }) => messages.length)
  const texts: string[] = []
  for (let length = most - 60; length < most; length += 1) {
    const text = `é${'x'.repeat(length)}`
    texts.push(text)
    served.hub.publish('text', text)
    for (const [index, socket] of sockets.entries())
      await socket.until(() => socket.messages.length === (greetings[index] ?? 0) + texts.length)
  }
  for (const [index, { messages }] of sockets.entries()) {
    const heard = messages.slice(greetings[index])
    expect(heard.map((message) => JSON.parse(message.match(/data: (.*)\n\n$/)?.[1] ?? ''))).toEqual(texts)
    const lengths = heard.map((message) => Buffer.byteLength(message))
    expect(lengths).toContain(most)
    expect(lengths).toContain(most + 1)
  }
})

test('a message that waits behind others is whole, and so are the pongs between them', async () => {
  await using served = await Served.start()
  const socket = served.socket()
  await socket.block('holdfast:ready')
  let pongs = 0
  socket.socket.on('pong', () => {
    pongs += 1
  })
  // More than the system takes at once, and less than makes the client slow.
  for (let number = 0; number < 100; number += 1) {
    served.hub.publish('text', { number, filler: 'x'.repeat(8_000) })
    if (number % 10 === 0) socket.socket.ping()
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  served.hub.publish('end')
  await socket.block('end')
  await vi.waitFor(() => expect(pongs).toBe(10))
  const numbers = socket.blocks.flatMap(({ event, data }) =>
    event === 'text' && typeof data === 'object' && data !== null && 'number' in data ? [data.number] : [],
  )
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, number) => number))
})

test('where messages are compressed, each client has its own', async () => {
  const server = createServer()
  const hub = createHub()
  hub.attach(server, { perMessageDeflate: { threshold: 0 } })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`
  const plain = new Socket(new WebSocket(url, { perMessageDeflate: false }))
  const compressed = new Socket(new WebSocket(url))
  for (const socket of [plain, compressed]) await socket.block('holdfast:ready')
  expect([plain, compressed].map(({ socket }) => socket.extensions)).toEqual(['', 'permessage-deflate'])
  const text = 'x'.repeat(10_000)
  hub.publish('text', text)
  for (const socket of [plain, compressed]) expect((await socket.block('text')).data).toBe(text)
  await hub.close()
  server.close()
})
