import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { MessageHandler } from '../../src/server/index.js'
import { type RedisHistoryOptions, redisHistory } from '../../src/server/redis/index.js'
import { RedisServer } from '../support/redis.js'
import { readBlocks } from '../unit/server/blocks.js'
import { hear, Served, sendBody } from '../unit/server/served.js'
import { ChildHub } from './child-hub.js'
import { newName, tell } from './opened.js'

// A message is appended once, whichever process handles it, and however often one of them dies over it.

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start({ durable: true })
})
afterAll(() => redis[Symbol.asyncDispose]())

/** The error codes of results, or what they hold. */
const resultsOf = async (answer: Response | Promise<Response>) =>
  readBlocks(await (await answer).text()).flatMap(({ event, data }) => {
    const { number, data: value, error } = data as { number: number; data?: unknown; error?: { code: string } }
    return event === 'holdfast:result' ? [[number, error?.code ?? value]] : []
  })

const post = (url: string, numbers: number[], more = {}) =>
  fetch(`${url}/live`, sendBody(numbers, { next: 1, ...more }))

/** A hub on the shared Redis, and how its handler was called. */
async function start(options: RedisHistoryOptions, handler: MessageHandler = () => 'here') {
  const history = redisHistory({ url: redis.url, timeout: 5_000, ...options })
  const served = await Served.start({ history })
  const keys: string[] = []
  served.hub.onMessage((message, sender) => {
    keys.push(message.key)
    return handler(message, sender)
  })
  /** The data of what is stored after a position, asked of Redis itself. */
  const stored = async (cursor: string) => {
    const page = await history.read(cursor, 1_000)
    return page === 'unknown' ? page : readBlocks(page.map(({ text }) => text).join('')).map(({ data }) => data)
  }
  return { served, history, keys, stored, url: served.url, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}

/** A promise that the test settles. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

describe('what was handled by one process', () => {
  test('is not handled by another, which tells the same outcome', async () => {
    const name = newName()
    await using a = await start({ name }, ({ number }) => `a ${number}`)
    await using b = await start({ name }, ({ number }) => `b ${number}`)
    expect(await resultsOf(post(a.url, [1, 2]))).toEqual([
      [1, 'a 1'],
      [2, 'a 2'],
    ])
    expect(await resultsOf(post(b.url, [1, 2, 3]))).toEqual([
      [1, 'a 1'],
      [2, 'a 2'],
      [3, 'b 3'],
    ])
    expect([a.keys.length, b.keys.length]).toEqual([2, 1])
  })

  test('nor while it is still being handled, however long that takes', async () => {
    const name = newName()
    const { opened, open } = gate()
    await using a = await start({ name, lease: 1_000 }, async ({ publish }) => {
      publish('chat', 'once')
      await opened
      return 'a'
    })
    await using b = await start({ name, lease: 1_000 })
    const cursor = await b.served.hub.position()
    const first = post(a.url, [1])
    await vi.waitFor(() => expect(a.keys).toHaveLength(1))
    const second = post(b.url, [1])
    // Longer than the claim would hold if it were not renewed.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    open()
    expect([await resultsOf(first), await resultsOf(second)]).toEqual([[[1, 'a']], [[1, 'a']]])
    expect([a.keys.length, b.keys.length]).toEqual([1, 0])
    expect(await b.stored(cursor)).toEqual(['once'])
  })

  test('whichever of them a client asks, all at once: each message once, in order', async () => {
    const name = newName()
    const handler: MessageHandler = async ({ number, publish }) => {
      publish('chat', number)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      return number
    }
    await using a = await start({ name }, handler)
    await using b = await start({ name }, handler)
    const cursor = await a.served.hub.position()
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1)
    const answers = await Promise.all([a, b, a, b].map(({ url }) => resultsOf(post(url, numbers))))
    for (const answer of answers) expect(answer).toEqual(numbers.map((number) => [number, number]))
    expect(await a.stored(cursor)).toEqual(numbers)
    expect([...a.keys, ...b.keys].length).toBe(20)
  })
})

describe('a process that dies over a message', () => {
  test('killed: sent again to another one it is handled there, and appended once', async () => {
    const name = newName()
    await using child = await ChildHub.start({ url: redis.url, name, lease: 500 })
    await using b = await start({ name, lease: 500 }, ({ publish }) => {
      publish('chat', 'b')
      return 'b'
    })
    const cursor = await b.served.hub.position()
    const lost = post(child.url, [1]).then(resultsOf)
    lost.catch(() => {})
    await child.handling()
    await child.kill()
    await expect(lost).rejects.toThrow()
    const began = performance.now()
    expect(await resultsOf(post(b.url, [1]))).toEqual([[1, 'b']])
    // Not before it could be known that nobody else is at it.
    expect(performance.now() - began).toBeGreaterThan(100)
    expect(await b.stored(cursor)).toEqual(['b'])
  })

  test('stopped for longer than its claim holds: it cannot append any more, and tells what the other one stored', async () => {
    const name = newName()
    await using child = await ChildHub.start({ url: redis.url, name, lease: 300, timeout: 10_000 })
    await using b = await start({ name, lease: 300 }, ({ publish }) => {
      publish('chat', 'b')
      return 'b'
    })
    const cursor = await b.served.hub.position()
    const answer = post(child.url, [1])
    await child.handling()
    child.pause()
    expect(await resultsOf(post(b.url, [1]))).toEqual([[1, 'b']])
    child.resume()
    child.finish()
    expect(await resultsOf(answer)).toEqual([[1, 'b']])
    expect(await b.stored(cursor)).toEqual(['b'])
    // And the next message is its own again.
    const next = post(child.url, [2])
    await child.handling()
    child.finish()
    expect(await resultsOf(next)).toEqual([[2, 'child']])
    expect(await b.stored(cursor)).toEqual(['b', 'child 2'])
  })

  test('stopped, and the other one is still at it: it waits for what comes of that', async () => {
    const name = newName()
    const { opened, open } = gate()
    await using child = await ChildHub.start({ url: redis.url, name, lease: 1_000, timeout: 10_000 })
    await using b = await start({ name, lease: 1_000 }, async ({ publish }) => {
      publish('chat', 'b')
      await opened
      return 'b'
    })
    const cursor = await b.served.hub.position()
    const answer = post(child.url, [1])
    await child.handling()
    child.pause()
    const other = post(b.url, [1])
    await vi.waitFor(() => expect(b.keys).toHaveLength(1), { timeout: 5_000 })
    child.resume()
    child.finish()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await b.stored(cursor)).toEqual([])
    open()
    expect([await resultsOf(answer), await resultsOf(other)]).toEqual([[[1, 'b']], [[1, 'b']]])
    expect(await b.stored(cursor)).toEqual(['b'])
  })

  test('closed in good order: nobody has to wait', async () => {
    const name = newName()
    await using a = await start({ name, lease: 60_000 }, () => new Promise(() => {}))
    await using b = await start({ name, lease: 60_000 })
    const left = post(a.url, [1])
    await vi.waitFor(() => expect(a.keys).toHaveLength(1))
    await a.served.hub.close()
    await (await left).text()
    expect(await resultsOf(post(b.url, [1]))).toEqual([[1, 'here']])
  })
})

describe('what a handler publishes through its message', () => {
  test('is stored with the outcome, in order; nothing if it throws', async () => {
    await using a = await start({ name: newName() }, ({ number, publish }) => {
      publish('chat', [number, 1])
      publish('chat', [number, 2], { to: 'anonymous' })
      if (number === 2) throw new Error('no')
      return number
    })
    const cursor = await a.served.hub.position()
    expect(await resultsOf(post(a.url, [1, 2, 3]))).toEqual([
      [1, 1],
      [2, 'handler-error'],
      [3, 3],
    ])
    expect(await a.stored(cursor)).toEqual([
      [1, 1],
      [1, 2],
      [3, 1],
      [3, 2],
    ])
  })

  test('what is ephemeral is heard once the message is settled', async () => {
    const name = newName()
    await using a = await start({ name }, ({ number, publish }) => {
      publish('typing', number, { ephemeral: true })
      if (number === 1) throw new Error('no')
    })
    await using b = await start({ name })
    const heard = hear(await fetch(`${b.url}/live`))
    await heard.block('holdfast:ready')
    await resultsOf(post(a.url, [1, 2]))
    expect((await heard.block('typing')).data).toBe(2)
    expect(heard.blocks.filter(({ event }) => event === 'typing')).toHaveLength(1)
    await heard.cancel()
  })

  test('Redis goes before it is stored: nothing is told; sent again, it is handled with the same key, and appended once', async () => {
    const gates = [gate(), gate()]
    gates[1]?.open()
    let calls = 0
    await using a = await start({ name: newName(), timeout: 1_000, lease: 60_000 }, async ({ publish }) => {
      publish('chat', 'once')
      calls += 1
      await gates[calls - 1]?.opened
      return `call ${calls}`
    })
    const cursor = await a.served.hub.position()
    const first = post(a.url, [1])
    await vi.waitFor(() => expect(a.keys).toHaveLength(1))
    await redis.kill()
    gates[0]?.open()
    const blocks = readBlocks(await (await first).text())
    expect(blocks.map(({ event }) => event)).not.toContain('holdfast:result')
    expect(blocks.at(-1)).toMatchObject({ event: 'holdfast:error', data: { code: 'unavailable' } })
    expect((await post(a.url, [1])).status).toBe(503)
    await redis.restart()
    let answer = await post(a.url, [1])
    while (answer.status === 503) answer = await post(a.url, [1])
    expect(await resultsOf(answer)).toEqual([[1, 'call 2']])
    expect(new Set(a.keys).size).toBe(1)
    expect(await a.stored(cursor)).toEqual(['once'])
    for (const error of a.served.errors) expect(String(error)).toMatch(/Redis cannot be reached/)
  })
})

test('what came before Redis was emptied introduces nobody afterwards: it may have been handled elsewhere meanwhile', async () => {
  const { opened, open } = gate()
  await using a = await start({ name: newName() }, () => opened)
  const came = vi.spyOn(a.history.ledger, 'acknowledge')
  const answers = [post(a.url, [1])]
  await vi.waitFor(() => expect(a.keys).toHaveLength(1), { timeout: 5_000 })
  answers.push(post(a.url, [2], { next: 2 }))
  await vi.waitFor(() => expect(came).toHaveBeenCalledTimes(2), { timeout: 5_000 })
  await tell(redis.url, ['FLUSHALL'])
  open()
  const [first = '', second = ''] = await Promise.all(answers.map(async (answer) => (await answer).text()))
  expect(first).toContain('unknown-client')
  expect(second).toContain('unavailable')
  expect(a.keys).toHaveLength(1)
  // Who comes anew, and knows that, is served.
  await vi.waitFor(async () => expect(await resultsOf(post(a.url, [3], { next: 3 }))).toEqual([[3, undefined]]), {
    timeout: 5_000,
  })
})
