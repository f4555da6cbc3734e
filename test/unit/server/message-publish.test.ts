import { describe, expect, test } from 'vitest'
import {
  type ClientMessage,
  createHub,
  type HubOptions,
  type MessageHandler,
  memoryHistory,
  memoryLedger,
} from '../../../src/server/index.js'
import { readBlocks } from './blocks.js'
import { post, results } from './introducing.js'

function start(handler: MessageHandler, options: HubOptions = {}) {
  const hub = createHub(options)
  const errors: unknown[] = []
  hub.onError((error) => errors.push(error))
  hub.onMessage(handler)
  /** What follows a position: type and data. */
  const heard = async (cursor: string) => {
    const response = await hub.fetch(new Request(`http://app.test/live?carrier=poll&topic=room&cursor=${cursor}`))
    return readBlocks(await response.text()).flatMap(({ event, data }) =>
      event === 'cursor' || event?.startsWith('holdfast:') ? [] : [[event, data]],
    )
  }
  return { hub, errors, heard }
}

describe('publishing through a message', () => {
  test('stores all when the handler is done, in order', async () => {
    const { hub, heard } = start(async ({ number, publish }) => {
      publish('a', number)
      await undefined
      publish('b', number, { topic: 'room' })
      publish('c', number, { to: 'somebody else' })
      expect(await heard(position)).toEqual([])
      return number
    })
    const position = await hub.position()
    expect(await results(post(hub, [1], { next: 1 }))).toEqual({ 1: 1 })
    expect(await heard(position)).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })

  test.each([
    ['throws', () => Promise.reject(new Error('no')), 'handler-error'],
    ['gives what is no JSON', () => () => {}, 'handler-error'],
    ['gives too much', () => 'x'.repeat(2_000), 'too-large'],
  ])('stores nothing if the handler %s', async (_, reply, code) => {
    const { hub, heard } = start(
      ({ publish }) => {
        publish('a', 1)
        return reply()
      },
      { limits: { replyBytes: 1_000 } },
    )
    const position = await hub.position()
    expect(await results(post(hub, [1], { next: 1 }))).toEqual({ 1: code })
    expect(await heard(position)).toEqual([])
  })

  test('throws at once for what cannot be published, and when the handler is done', async () => {
    let kept: ClientMessage | undefined
    const { hub, heard } = start(
      (message) => {
        kept = message
        expect(() => message.publish('holdfast:open')).toThrow(TypeError)
        expect(() => message.publish('a', () => {})).toThrow(TypeError)
        expect(() => message.publish('a', 1, { topic: '' })).toThrow(TypeError)
        expect(() => message.publish('a', 'x'.repeat(100))).toThrow(RangeError)
        message.publish('a', 1)
        return 'done'
      },
      { limits: { eventBytes: 100 } },
    )
    const position = await hub.position()
    expect(await results(post(hub, [1], { next: 1 }))).toEqual({ 1: 'done' })
    expect(() => kept?.publish('a', 2)).toThrow(expect.objectContaining({ code: 'closed' }))
    expect(await heard(position)).toEqual([['a', 1]])
  })

  test('a history of its own that fails: the sender is told that it failed', async () => {
    const failure = new Error('the disk is full')
    const history = { ...memoryHistory(), append: () => Promise.reject(failure) }
    const { hub, errors } = start(({ publish }) => publish('a', 1), { history })
    expect(await results(post(hub, [1], { next: 1 }))).toEqual({ 1: 'handler-error' })
    expect(errors).toEqual([failure])
  })

  test('a ledger that is not the history’s is given nothing to append', async () => {
    const given: unknown[] = []
    const memory = memoryLedger()
    const ledger: typeof memory = {
      ...memory,
      settle: (client, outcome, items) => {
        given.push(items)
        return memory.settle(client, outcome, items)
      },
    }
    const { hub, heard } = start(({ publish }) => publish('a', 1), { ledger })
    const position = await hub.position()
    await (await post(hub, [1], { next: 1 })).text()
    expect([given, await heard(position)]).toEqual([[[]], [['a', 1]]])
    // That of the history is given all, and nobody else appends it.
    const own = start(({ publish }) => publish('a', 1), { history: { ...memoryHistory(), ledger } })
    const before = await own.hub.position()
    await (await post(own.hub, [2])).text()
    expect([given.length, await own.heard(before)]).toEqual([2, []])
    expect(given[1]).toMatchObject([{ text: 'event: a\ndata: 1\n\n' }])
  })
})

describe('a ledger that fails', () => {
  test('to store the outcome: nothing is told, and the client may send it again', async () => {
    const memory = memoryLedger()
    const failure = new Error('away')
    let fails = true
    const { hub, errors } = start(() => 'done', {
      ledger: {
        ...memory,
        settle: (...given) => (fails ? Promise.reject(failure) : memory.settle(...given)),
      },
    })
    const blocks = readBlocks(await (await post(hub, [1], { next: 1 })).text())
    expect(blocks.at(-1)).toMatchObject({ event: 'holdfast:error', data: { code: 'unavailable' } })
    expect(blocks.map(({ event }) => event)).not.toContain('holdfast:result')
    expect(errors).toEqual([failure])
    fails = false
    expect(await results(post(hub, [2], { next: 1 }))).toEqual({ 2: 'done' })
  })

  test('what follows from an error that was reported is not reported again', async () => {
    const outage = new Error('away')
    const { hub, errors } = start(() => 'done', {
      history: {
        ...memoryHistory(),
        append: () => Promise.reject(new Error('not published', { cause: outage })),
        announce: () => Promise.reject(outage),
      },
    })
    await expect(hub.publish('a', 1, { ephemeral: true })).rejects.toBe(outage)
    await expect(hub.publish('a', 1)).rejects.toThrow('not published')
    expect(errors).toEqual([outage])
  })

  test('a history that could not be opened is opened anew when somebody asks for it', async () => {
    const memory = memoryHistory()
    let fails = true
    const { hub, errors } = start(() => 'done', {
      history: {
        ...memory,
        open: (listener) => (fails ? Promise.reject(new Error('away')) : memory.open(listener)),
      },
    })
    await expect(hub.publish('a', 1)).rejects.toThrow('away')
    expect(errors.length).toBeGreaterThan(0)
    fails = false
    expect(await hub.publish('a', 1)).toMatch(/\.1$/)
  })
})
