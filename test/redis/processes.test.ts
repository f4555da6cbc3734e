import { createServer, type Server } from 'node:http'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createHub, type Hub, type HubOptions } from '../../src/server/index.js'
import { type RedisHistoryOptions, redisHistory } from '../../src/server/redis/index.js'
import { factories, numbersFrom, record, transportNames, until } from '../flow/scenarios/recorder.js'
import { RedisServer } from '../support/redis.js'
import { Heard, hear } from '../unit/server/served.js'
import { ChildHub } from './child-hub.js'
import { newName, tell } from './opened.js'

// Hubs that share one Redis, as processes do behind a balancer; and clients that go from one to the other.

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start({ durable: true })
})
afterAll(() => redis[Symbol.asyncDispose]())

const reconnect = { minDelay: 50, maxDelay: 200 }

/** A hub that answers on a port, until the test is over. */
class Process {
  readonly hub: Hub
  readonly errors: unknown[] = []
  readonly handled: unknown[] = []
  readonly #server: Server = createServer()

  constructor(options: RedisHistoryOptions, hubOptions: HubOptions = {}) {
    this.hub = createHub({ history: redisHistory({ url: redis.url, ...options }), ...hubOptions })
    this.hub.onError((error) => this.errors.push(error))
    this.hub.onMessage(({ data, publish }) => {
      this.handled.push(data)
      publish('said', data)
      return { echo: data }
    })
    this.hub.attach(this.#server)
    onTestFinished(() => this.close())
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    const address = this.#server.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }

  /** As a process that was killed: its connections are cut, and nothing is said. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const stopped = new Promise((resolve) => this.#server.close(resolve))
    this.hub.disconnect()
    this.#server.closeAllConnections()
    await stopped
  }

  async close(): Promise<void> {
    await this.hub.close()
    await this.stop()
  }

  async publish(first: number, count: number): Promise<void> {
    await Promise.all(numbersFrom(first, count).map((number) => this.hub.publish('number', number)))
  }
}

const urlOf = (port: number) => `http://127.0.0.1:${port}/live`

describe('two processes', () => {
  test('deliver to the clients of both, in one and the same order', async () => {
    const name = newName()
    const [a, b] = [new Process({ name }), new Process({ name })]
    const [atA, atB] = [record(urlOf(await a.listen())), record(urlOf(await b.listen()))]
    await Promise.all([atA.live.opened, atB.live.opened])
    await Promise.all([a, b, a, b].map((one, index) => one.publish(index * 50 + 1, 50)))
    await until(() => expect([atA.numbers.length, atB.numbers.length]).toEqual([200, 200]))
    expect(atA.numbers).toEqual(atB.numbers)
    expect(new Set(atA.numbers).size).toBe(200)
    // Each process's own are in the order of its calls.
    for (const round of [0, 1, 2, 3]) {
      const own = atA.numbers.filter((number) => Math.floor((Number(number) - 1) / 50) === round)
      expect(own).toEqual(numbersFrom(round * 50 + 1, 50))
    }
    expect([...atA.gaps, ...atB.gaps, ...a.errors, ...b.errors]).toEqual([])
  })

  test.each(transportNames)(
    '%s: a client goes on at the other one, with its sends, and neither loses nor doubles',
    async (transport) => {
      const name = newName()
      const [a, b] = [new Process({ name }), new Process({ name })]
      const port = await a.listen()
      const { live, numbers, gaps } = record(urlOf(port), { transports: [factories[transport]()], reconnect })
      const said: unknown[] = []
      live.on('said', ({ data }) => said.push(data))
      await live.opened
      await a.publish(1, 20)
      const sends = numbersFrom(1, 10).map((number) => live.send('chat', number))
      await until(() => expect(a.handled.length).toBeGreaterThan(2))
      await a.stop()
      await b.publish(21, 20)
      await b.listen(port)
      sends.push(...numbersFrom(11, 5).map((number) => live.send('chat', number)))
      await until(() => expect(numbers).toHaveLength(40))
      expect(numbers).toEqual(numbersFrom(1, 40))
      expect(await Promise.all(sends)).toEqual(numbersFrom(1, 15).map((number) => ({ echo: number })))
      await until(() => expect(said).toHaveLength(15))
      expect(said).toEqual(numbersFrom(1, 15))
      expect(gaps).toEqual([])
    },
  )

  test('a process that starts later goes on where the others are', async () => {
    const name = newName()
    const a = new Process({ name })
    await a.publish(1, 600)
    const position = await a.hub.position()
    await a.publish(601, 600)
    await a.close()
    const b = new Process({ name })
    const { numbers, gaps } = record(urlOf(await b.listen()), { lastEventId: position })
    await until(() => expect(numbers).toHaveLength(600))
    expect([numbers, gaps]).toEqual([numbersFrom(601, 600), []])
  })
})

describe('while Redis is away', () => {
  test.each(transportNames)('%s: clients stay, and all goes on without loss when it is back', async (transport) => {
    const name = newName()
    const [a, b] = [new Process({ name, timeout: 1_000 }, { heartbeat: 400 }), new Process({ name, timeout: 1_000 })]
    const options = transport === 'long-poll' ? { wait: 400 } : {}
    const { live, numbers, gaps, carriers } = record(urlOf(await a.listen()), {
      transports: [factories[transport](options)],
      reconnect,
    })
    await live.opened
    await a.publish(1, 5)
    await until(() => expect(numbers).toHaveLength(5))
    const states: string[] = []
    live.onStateChange(({ status }) => states.push(status))
    await redis.kill()
    await expect(a.hub.publish('number', 0)).rejects.toMatchObject({ code: 'unavailable' })
    await redis.restart()
    await until(() => b.publish(6, 5))
    await until(() => expect(numbers.filter((number) => number !== 0)).toEqual(numbersFrom(1, 10)))
    // What was said to be stored perhaps, may be.
    expect(numbers.filter((number) => number === 0).length).toBeLessThanOrEqual(1)
    expect([gaps, carriers]).toEqual([[], [transport]])
    // A poll asks again each time, and may have to wait for the answer; the others are not even broken.
    if (transport !== 'long-poll') expect(states).toEqual([])
    // The outage, and not what it hindered.
    for (const error of a.errors) expect(String(error)).toMatch(/Redis cannot be reached/)
  })

  test('who was away for a moment is served from what the process has seen; who was away for longer is not', async () => {
    const name = newName()
    const a = new Process({ name, timeout: 1_000 })
    const port = await a.listen()
    await a.publish(1, 3)
    const heard = new Heard()
    const poll = async (cursor?: string) =>
      fetch(`${urlOf(port)}?carrier=poll${cursor === undefined ? '' : `&cursor=${cursor}`}`)
    const watching = hear(await fetch(urlOf(port)))
    await watching.block('holdfast:ready')
    await a.publish(4, 3)
    const { id } = await watching.until(({ blocks }) =>
      blocks.find(({ event, data }) => event === 'number' && data === 4),
    )
    await watching.until(({ blocks }) => blocks.some(({ event, data }) => event === 'number' && data === 6))
    await redis.kill()
    await expect(a.hub.publish('number', 0)).rejects.toMatchObject({ code: 'unavailable' })
    heard.add(await (await poll(id)).text())
    expect(heard.blocks.flatMap(({ event, data }) => (event === 'number' ? [data] : []))).toEqual([5, 6])
    const refused = await (await poll('abcdefgh1234.1-1')).text()
    expect(refused).toContain('"code":"unavailable"')
    await redis.restart()
    await watching.cancel()
  })
})

describe('what Redis has lost', () => {
  test.each(transportNames)('%s: a page hears of a gap before the next event, and goes on', async (transport) => {
    const name = newName()
    const a = new Process({ name })
    const { live, numbers, gaps } = record(urlOf(await a.listen()), {
      transports: [factories[transport](transport === 'long-poll' ? { wait: 500 } : {})],
      reconnect,
    })
    const heard: unknown[] = []
    live.on('number', ({ data }) => heard.push(data))
    live.onGap(({ position }) => heard.push(position))
    await live.opened
    await a.publish(1, 3)
    await until(() => expect(numbers).toHaveLength(3))
    await tell(redis.url, ['FLUSHALL'])
    await a.publish(4, 3)
    await until(() => expect(gaps.length).toBeGreaterThan(0))
    await a.publish(7, 3)
    await until(() => expect(numbers).toContain(9))
    // Who came between two polls goes on from where the stream was then.
    const after = heard.slice(3).filter((entry) => typeof entry === 'number')
    expect(heard.slice(0, 4)).toEqual([1, 2, 3, gaps[0]?.position])
    expect(after).toEqual(numbersFrom(10 - after.length, after.length))
    // It has a position of the new generation by now.
    expect(live.state.lastEventId?.split('.')[0]).toBe((await a.hub.position()).split('.')[0])
  })

  test('a page that was away while what it missed was trimmed hears of a gap', async () => {
    const name = newName()
    const a = new Process({ name, maxLength: 100 })
    // Else it would have seen itself all that is trimmed.
    const b = new Process({ name, maxLength: 100 }, { limits: { recentEvents: 10 } })
    const port = await a.listen()
    const { live, numbers, gaps } = record(urlOf(port), { reconnect })
    await live.opened
    await a.publish(1, 3)
    await until(() => expect(numbers).toHaveLength(3))
    await a.stop()
    for (let first = 4; first < 1_000; first += 100) await b.publish(first, 100)
    await b.listen(port)
    await until(() => expect(gaps).toHaveLength(1))
    await b.publish(1_004, 1)
    await until(() => expect(numbers).toEqual([1, 2, 3, 1_004]))
  })
})

describe('what it costs Redis', () => {
  const connections = async (): Promise<number> => {
    const client = await createClient({ url: redis.url }).connect()
    const list = await client.sendCommand(['CLIENT', 'LIST'])
    client.destroy()
    return String(list).trim().split('\n').length - 1
  }

  test('three connections for a process, whatever the number of its clients; none when it is closed', async () => {
    await until(async () => expect(await connections()).toBe(0))
    const a = new Process({ name: newName() })
    const port = await a.listen()
    const streams = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        hear(await fetch(`${urlOf(port)}?client=${'c'.repeat(16)}${index}`)),
      ),
    )
    for (const stream of streams) await stream.block('holdfast:ready')
    await a.publish(1, 1)
    for (const stream of streams) await stream.block('number')
    expect(a.hub.clients.size).toBe(50)
    expect(await connections()).toBe(3)
    await a.close()
    await until(async () => expect(await connections()).toBe(0))
  })

  test('a process whose hub is closed ends by itself, also while Redis is away', async () => {
    await using child = await ChildHub.start({ url: redis.url, name: newName() })
    await child.close()
    await using other = await ChildHub.start({ url: redis.url, name: newName() })
    await redis.kill()
    await other.close()
    await redis.restart()
  })
})
