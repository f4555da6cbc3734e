import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createHub, HoldfastError, type HubOptions } from '../../../src/server/index.js'
import { dataOf, eventsOf } from './blocks.js'
import { CLIENT, hear, Served } from './served.js'

// Each takes a text at data.at, and makes a number of it.
const libraries = {
  zod: z.object({ at: z.string().transform(Number) }),
  valibot: v.object({ at: v.pipe(v.string(), v.transform(Number)) }),
  arktype: type({ at: 'string.numeric.parse' }),
}

describe.each(Object.entries(libraries))('%s', (_, price) => {
  test('publish throws for what does not fit, and publishes the rest as it was given', async () => {
    await using served = await Served.start({ schema: { price } } as HubOptions)
    const stream = hear(await fetch(`${served.url}/live`))
    await stream.block('holdfast:ready')
    const before = await served.hub.position()
    expect(() => served.hub.publish('price', { at: 7 })).toThrow(TypeError)
    expect(() => served.hub.publish('price', { at: 7 })).toThrow(
      /^publish: an event of type "price" does not fit its schema: data\.at: \S/,
    )
    expect(() => served.hub.publish('price', { at: 7 }, { ephemeral: true })).toThrow(TypeError)
    expect(await served.hub.position()).toBe(before)
    await served.hub.publish('price', { at: '8', more: 9 })
    await served.hub.publish('other', { at: 7 })
    await stream.block('other')
    expect(eventsOf(stream.blocks)).toEqual([
      ['price', { at: '8', more: 9 }],
      ['other', { at: 7 }],
    ])
    await stream.cancel()
  })

  test('a message that does not fit is rejected, never handled, and those behind it are', async () => {
    await using served = await Served.start({ sendSchema: { price } } as HubOptions)
    const handled: unknown[] = []
    served.hub.onMessage(({ number, data }) => {
      handled.push([number, data])
      return number
    })
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    const data = [{ at: '1' }, { at: 2 }, { at: '3' }]
    const messages = data.map((one, index) => ({ number: index + 1, type: 'price', data: one }))
    socket.send([], { messages: [...messages, { number: 4, type: 'constructor', data: { at: 4 } }] })
    await socket.block('holdfast:result', 3)
    const results = socket.blocks.filter(({ event }) => event === 'holdfast:result').map((block) => block.data)
    expect(results).toEqual([
      { number: 1, data: 1 },
      {
        number: 2,
        error: {
          code: 'schema',
          message: expect.stringMatching(/^A message of type "price" does not fit its schema: data\.at: \S/),
        },
      },
      { number: 3, data: 3 },
      { number: 4, data: 4 },
    ])
    expect(handled).toEqual([
      [1, { at: 1 }],
      [3, { at: 3 }],
      [4, { at: 4 }],
    ])
    // It is the page's mistake, not the server's.
    expect(served.errors).toEqual([])
  })
})

describe('schemas', () => {
  test('an outcome is not larger for what it quotes', async () => {
    await using served = await Served.start({
      sendSchema: { chat: v.object({ number: v.literal('1') }) },
    } as HubOptions)
    served.hub.onMessage(() => undefined)
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([], { messages: [{ number: 1, type: 'chat', data: { number: 'x'.repeat(50_000) } }] })
    await socket.block('holdfast:result')
    expect(JSON.stringify(dataOf(socket.blocks, 'holdfast:result')).length).toBeLessThan(1_000)
  })

  test('what a handler publishes and replies must fit: else it has failed, and only onError hears why', async () => {
    const schema = { chat: z.string() }
    await using served = await Served.start({ schema, replySchema: { chat: z.number() } } as HubOptions)
    served.hub.onMessage(({ number, publish }) => {
      publish('chat', number === 1 ? 7 : 'hi')
      return number === 2 ? 'two' : number
    })
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 2, 3])
    await socket.block('holdfast:result', 2)
    const failed = { code: 'handler-error', message: 'The handler failed.' }
    expect(socket.blocks.filter(({ event }) => event === 'holdfast:result').map((block) => block.data)).toEqual([
      { number: 1, error: failed },
      { number: 2, error: failed },
      { number: 3, data: 3 },
    ])
    await socket.block('chat')
    expect(eventsOf(socket.blocks)).toEqual([['chat', 'hi']])
    expect(served.errors.map(String)).toEqual([
      expect.stringMatching(/^TypeError: publish: an event of type "chat" does not fit its schema: data: \S/),
      expect.stringMatching(/^TypeError: A reply to a message of type "chat" does not fit its schema: data: \S/),
    ])
  })

  test('the issues are the cause of the TypeError', () => {
    const hub = createHub({ schema: { price: libraries.zod } })
    const publish = () => hub.publish('price', {} as { at: string })
    expect(publish).toThrow(expect.objectContaining({ cause: expect.any(HoldfastError) }))
    expect(publish).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ code: 'schema', issues: [expect.objectContaining({ path: ['at'] })] }),
      }),
    )
  })

  test('a schema that throws is a fault of the server', async () => {
    const failing = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: () => {
          throw new Error('secret')
        },
      },
    } as const
    await using served = await Served.start({ sendSchema: { chat: failing } })
    served.hub.onMessage(() => 'handled')
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1])
    expect((await socket.block('holdfast:result')).data).toEqual({
      number: 1,
      error: { code: 'handler-error', message: 'The handler failed.' },
    })
    expect(served.errors.map(String)).toEqual(['Error: secret'])
  })

  test('to an asynchronous one nothing fits', () => {
    const hub = createHub({ schema: { price: z.string().refine(async () => true) } })
    expect(() => hub.publish('price', 'x')).toThrow(/asynchronous/)
  })

  test.each([{ schema: { price: 7 } }, { sendSchema: { price: {} } }, { replySchema: { price: undefined } }])(
    '%j is a TypeError that names the option and the type',
    (options) => {
      expect(() => createHub(options as never)).toThrow(TypeError)
      expect(() => createHub(options as never)).toThrow(new RegExp(`^${Object.keys(options)[0]}: that of "price"`))
    },
  )
})
