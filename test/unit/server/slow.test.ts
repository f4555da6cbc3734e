import { request } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { encodeEvent } from '../../../src/server/blocks.js'
import { Connection } from '../../../src/server/connection.js'
import { createCore, type HubOptions } from '../../../src/server/core.js'
import { memoryHistory } from '../../../src/server/index.js'
import { type Block, eventsOf } from './blocks.js'
import { FakeCarrier, facts } from './fake-carrier.js'
import { Served } from './served.js'
import { SteppingHistory } from './stepping-history.js'

const hello = { number: 1, cursor: undefined, topics: [], headers: {}, client: undefined, unacknowledged: 1, next: 1 }

async function joined(options: HubOptions) {
  const core = createCore(options)
  core.reports.add(() => {})
  let carrier: FakeCarrier | undefined
  const connection = new Connection(core, facts, (events) => (carrier = new FakeCarrier(events)))
  if (!carrier) throw new Error('no carrier')
  connection.open()
  await connection.hello(hello)
  const publish = (from: number, to: number) => {
    for (let number = from; number < to; number += 1)
      core.history.append({ topic: undefined, to: undefined, text: encodeEvent('tick', number) })
    core.feed.flush()
  }
  return { core, carrier, connection, publish }
}

const numbers = (blocks: Block[]) => eventsOf(blocks).map(([, data]) => data)
const upTo = (end: number) => Array.from({ length: end }, (_, index) => index)

/** The server's end of the next connection. */
function accepted({ server }: Served): Promise<Socket> {
  return new Promise((resolve) => server.once('connection', resolve))
}

describe('a client that does not read', () => {
  test.each([
    ['a little behind, from the ring', {}],
    ['far behind, from the history', { recentEvents: 1 }],
  ])('goes on where it stopped, %s', async (_, limits) => {
    const { carrier, publish, connection } = await joined({ limits: { queuedBytes: 2_000, ...limits } })
    carrier.flowing = false
    publish(0, 10_000)
    // Bounded: one packet more than the limit.
    expect(carrier.queued).toBeLessThan(2_000 + 70_000)
    for (let turn = 0; turn < 100 && numbers(carrier.blocks).length < 10_000; turn += 1) {
      carrier.drain()
      await new Promise((resolve) => setImmediate(resolve))
      expect(carrier.queued).toBeLessThan(2_000 + 70_000)
    }
    carrier.flowing = true
    carrier.drain()
    await new Promise((resolve) => setImmediate(resolve))
    publish(10_000, 10_010)
    expect(numbers(carrier.blocks)).toEqual(upTo(10_010))
    connection.close()
  })

  test('is told of a gap where the history has moved on, and goes on from now', async () => {
    const history = memoryHistory({ maxEvents: 10 })
    const { carrier, publish, connection } = await joined({ history, limits: { queuedBytes: 100, recentEvents: 10 } })
    carrier.flowing = false
    publish(0, 100)
    const heard = numbers(carrier.blocks).length
    publish(100, 200)
    carrier.flowing = true
    carrier.drain()
    await vi.waitFor(() => expect(carrier.blocks.at(-1)?.event).toBe('holdfast:gap'))
    expect(carrier.blocks.at(-1)).toEqual({
      id: await history.position(),
      event: 'holdfast:gap',
      data: { reason: 'slow' },
    })
    publish(200, 203)
    expect(numbers(carrier.blocks).slice(heard)).toEqual([200, 201, 202])
    connection.close()
  })

  test('the same with a history that takes time, while more is published at each await', async () => {
    let act = () => {}
    const history = new SteppingHistory(() => act())
    const { carrier, connection, core } = await joined({ history, limits: { queuedBytes: 500, recentEvents: 4 } })
    let published = 0
    const publish = (count: number) => {
      for (let done = 0; done < count; done += 1)
        history.append({ topic: undefined, to: undefined, text: encodeEvent('tick', published++) })
    }
    act = () => {
      if (published > 3_000) return
      publish(7)
      history.deliver(5)
    }
    carrier.flowing = false
    publish(1_000)
    history.deliver()
    core.feed.flush()
    for (let turn = 0; turn < 1_000 && carrier.queued > 0; turn += 1) {
      carrier.drain()
      await new Promise((resolve) => setImmediate(resolve))
    }
    history.deliver()
    core.feed.flush()
    await vi.waitFor(() => expect(numbers(carrier.blocks)).toEqual(upTo(published)))
    connection.close()
  })

  test('and takes nothing for too long is cut off', async () => {
    const { carrier, publish } = await joined({ heartbeat: 20, limits: { queuedBytes: 100, stalled: 60 } })
    carrier.flowing = false
    publish(0, 100)
    await vi.waitFor(() => expect(carrier.ended).toBe('destroyed'))
  })

  test('when the history cannot be read the client is told to come back', async () => {
    const memory = memoryHistory()
    const history = { ...memory, read: () => Promise.reject(new Error('down')) }
    const { carrier, publish } = await joined({ history, limits: { queuedBytes: 100, recentEvents: 1 } })
    carrier.flowing = false
    publish(0, 100)
    publish(100, 200)
    carrier.drain()
    await vi.waitFor(() => expect(carrier.ended).toMatchObject({ code: 'unavailable' }))
  })

  test.each(['websocket', 'sse'])('over a real socket: %s', async (transport) => {
    await using served = await Served.start()
    const { hub } = served
    const line = accepted(served)
    const chunks: string[] = []
    let wake = () => {}
    const end = new Promise<void>((resolve) => {
      wake = resolve
    })
    const hear = (text: string) => {
      chunks.push(text)
      if (text.includes('event: end')) wake()
    }
    let resume = () => {}
    if (transport === 'websocket') {
      const { socket } = served.socket()
      await new Promise<void>((resolve) => socket.on('message', (data) => `${data}`.includes('ready') && resolve()))
      socket.on('message', (data) => hear(String(data)))
      socket.pause()
      resume = () => socket.resume()
    } else
      await new Promise<void>((resolve) => {
        request(`${served.url}/live`, (response) => {
          response.setEncoding('utf8').on('data', (text) => {
            hear(text)
            if (!text.includes('holdfast:ready')) return
            response.pause()
            resume = () => response.resume()
            resolve()
          })
          response.on('error', () => {})
        }).end()
      })
    // Far more than the sockets' buffers and the limit hold together.
    const filler = 'x'.repeat(1_000)
    const count = 15_000
    for (let number = 0; number < count; number += 1) hub.publish('tick', { number, filler })
    hub.publish('end')
    // queuedBytes, the packet that went beyond it, and what is said around packets.
    expect((await line).writableLength).toBeLessThan(1_048_576 + 70_000)
    resume()
    await end
    const found = [...chunks.join('').matchAll(/"number":(\d+),/g)].map(([, number]) => Number(number))
    expect(found).toEqual(upTo(count))
  })
})

test('a burst over SSE leaves while it goes on, not when all of it was published', async () => {
  await using served = await Served.start()
  const line = accepted(served)
  await new Promise<void>((resolve) => {
    request(`${served.url}/live`, (response) => {
      response.on('error', () => {}).on('data', (data) => String(data).includes('holdfast:ready') && resolve())
    }).end()
  })
  const socket = await line
  // Less than the buffers of a socket take, so that only what is held back on purpose is left.
  for (let count = 0; count < 400; count += 1) served.hub.publish('tick', 'x'.repeat(1_000))
  expect(socket.writableLength).toBeLessThan(100_000)
})

test('close does not wait for a client that never takes what it was sent', async () => {
  await using served = await Served.start()
  await new Promise<void>((resolve) => {
    request(`${served.url}/live`, (response) => {
      response
        .on('error', () => {})
        .once('data', () => {
          response.pause()
          resolve()
        })
    }).end()
  })
  // Turn by turn, so that the sockets' buffers fill up.
  for (let turn = 0; turn < 60; turn += 1) {
    for (let number = 0; number < 250; number += 1) served.hub.publish('tick', 'x'.repeat(1_000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await served.hub.close()
  expect(served.hub.clients.size).toBe(0)
})

test('a history that is cut while a client is joining: a gap, nothing else', async () => {
  let cut = () => {}
  const memory = memoryHistory()
  const replaced = memoryHistory()
  let current = memory
  const history = {
    ...memory,
    open(listener: Parameters<typeof memory.open>[0]) {
      cut = () => {
        current = replaced
        listener.gap(String(replaced.position()))
      }
      return memory.open(listener)
    },
    async read(after: string, limit: number) {
      const page = await current.read(after, limit)
      if (current === memory) cut()
      return page
    },
  }
  const core = createCore({ history })
  await core.started
  const cursor = String(memory.position())
  let carrier: FakeCarrier | undefined
  const connection = new Connection(core, facts, (events) => (carrier = new FakeCarrier(events)))
  await connection.hello({ ...hello, cursor })
  expect(carrier?.blocks.map(({ event, id }) => [event, id])).toEqual([
    ['holdfast:ready', cursor],
    ['holdfast:gap', String(replaced.position())],
  ])
  connection.close()
})

test('a history that is cut under its clients: a gap, and the stream goes on', async () => {
  let cut = (_position: string) => {}
  const memory = memoryHistory()
  const history = {
    ...memory,
    open(listener: Parameters<typeof memory.open>[0]) {
      cut = (position) => listener.gap(position)
      return memory.open(listener)
    },
  }
  const { carrier, publish, connection } = await joined({ history })
  publish(0, 2)
  cut('elsewhere.1')
  expect(carrier.blocks.at(-1)).toEqual({ id: 'elsewhere.1', event: 'holdfast:gap', data: { reason: 'history' } })
  publish(2, 3)
  expect(numbers(carrier.blocks)).toEqual([0, 1, 2])
  connection.close()
})
