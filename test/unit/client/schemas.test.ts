import { type } from 'arktype'
import * as v from 'valibot'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type ConnectOptions, HoldfastError, type StandardSchema } from '../../../src/core.js'
import { random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { frames, numbers, openWebSocket } from './sending.js'
import { cut, startOpen } from './starting.js'

useFakeTime()

beforeEach(() => random(0))

/** A schema by hand: of texts, which it makes longer. */
const shout: StandardSchema<string, string> & { '~standard': { validate: ReturnType<typeof vi.fn> } } = {
  '~standard': {
    version: 1,
    vendor: 'own',
    validate: vi.fn((value) =>
      typeof value === 'string' ? { value: `${value}!` } : { issues: [{ message: 'no text' }] },
    ),
  },
}
/** One that answers something, whatever it is asked. */
const answering = (validate: () => never): StandardSchema => ({ '~standard': { version: 1, vendor: 'own', validate } })

async function startHearing(options: Pick<ConnectOptions, 'schema' | 'decode' | 'share'>) {
  const started = await startOpen(options)
  const errors: HoldfastError[] = []
  started.live.onError((error) => errors.push(error))
  const heard: unknown[] = []
  started.live.on('*', ({ type, data }) => heard.push([type, data]))
  return { ...started, errors, heard }
}

describe('events', () => {
  const libraries: Record<string, StandardSchema> = {
    zod: z.object({ symbol: z.string(), value: z.object({ at: z.string().transform(Number) }) }),
    valibot: v.object({ symbol: v.string(), value: v.object({ at: v.pipe(v.string(), v.transform(Number)) }) }),
    arktype: type({ symbol: 'string', value: { at: 'string.numeric.parse' } }),
  }
  test.each(Object.entries(libraries))(
    '%s: listeners get what the schema makes, and what does not fit is an error',
    async (_, price) => {
      const { sse, live, errors, heard } = await startHearing({ schema: { price } })
      sse.run$.say(
        blocks.event('price', { symbol: 'X', value: { at: '7' } }, 'g.1') +
          blocks.event('price', { symbol: 'X', value: { at: 7 } }, 'g.2') +
          blocks.event('other', { at: 7 }, 'g.3') +
          blocks.event('price', { symbol: 'Y', value: { at: '8' } }, 'g.4'),
      )
      expect(heard).toEqual([
        ['price', { symbol: 'X', value: { at: 7 } }],
        ['other', { at: 7 }],
        ['price', { symbol: 'Y', value: { at: 8 } }],
      ])
      expect(errors).toHaveLength(1)
      expect(errors[0]).toBeInstanceOf(HoldfastError)
      expect(errors[0]).toMatchObject({ code: 'schema', id: 'g.2' })
      expect(errors[0]?.message).toMatch(/^An event of type "price" does not fit its schema: data\.value\.at: \S/)
      expect(errors[0]?.issues).toHaveLength(1)
      expect(
        [...(errors[0]?.issues?.[0]?.path ?? [])].map((part) => (typeof part === 'object' ? part.key : part)),
      ).toEqual(['value', 'at'])
      expect(live.state.status).toBe('open')
      live.close()
    },
  )

  test('the cursor moves on behind what does not fit', async () => {
    const { sse, live } = await startHearing({ schema: { text: shout } })
    sse.run$.say(blocks.event('text', 7, 'g.1'))
    expect(live.state.lastEventId).toBe('g.1')
    expect(await cut(sse)).toBe('g.1')
    live.close()
  })

  test('an event is looked at once, and only where somebody hears it', async () => {
    const { validate } = shout['~standard']
    validate.mockClear()
    const { sse, live } = await startOpen({ schema: { text: shout } })
    sse.run$.say(blocks.event('text', 'a', 'g.1'))
    expect(validate).not.toHaveBeenCalled()
    const heard: unknown[] = []
    live.on('text', ({ data }) => heard.push(data))
    live.on('text', ({ data }) => heard.push(data))
    live.on('*', ({ data }) => heard.push(data))
    const items = live.events('text')
    sse.run$.say(blocks.event('text', 'b', 'g.2'))
    expect(validate.mock.calls).toEqual([['b']])
    expect(heard).toEqual(['b!', 'b!', 'b!'])
    expect((await items.next()).value).toEqual({ type: 'text', data: 'b!', id: 'g.2' })
    live.close()
  })

  test('a schema is given what decode made', async () => {
    const { sse, live, heard } = await startHearing({ schema: { text: shout }, decode: (data) => `decoded ${data}` })
    sse.run$.say(blocks.event('text', 7, 'g.1'))
    expect(heard).toEqual([['text', 'decoded 7!']])
    live.close()
  })

  test('what every object has by the name of a type is no schema', async () => {
    const { sse, live, errors, heard } = await startHearing({ schema: { text: shout } })
    sse.run$.say(blocks.event('constructor', 1, 'g.1') + blocks.event('__proto__', 2, 'g.2'))
    expect(heard).toEqual([
      ['constructor', 1],
      ['__proto__', 2],
    ])
    expect(errors).toEqual([])
    live.close()
  })

  test('to an asynchronous schema nothing fits, also where it rejects', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const failing = z.string().refine(() => {
      throw new Error('mine')
    })
    const schema = { zod: z.string().refine(async () => true), valibot: v.pipeAsync(v.string()), failing }
    const { sse, live, errors, heard } = await startHearing({ schema })
    for (const type of Object.keys(schema)) sse.run$.say(blocks.event(type, 'x', `g.${type}`))
    expect(heard).toEqual([])
    expect(errors.map(({ code, id }) => `${code} ${id}`)).toEqual([
      'schema g.zod',
      'schema g.valibot',
      'schema g.failing',
    ])
    expect(errors[0]?.message).toContain('asynchronous')
    live.close()
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('a schema that throws is told as such, and the stream goes on', async () => {
    const cause = new Error('mine')
    const text = answering(() => {
      throw cause
    })
    const { sse, live, errors, heard } = await startHearing({ schema: { text } })
    sse.run$.say(blocks.event('text', 'a', 'g.1') + blocks.event('other', 'b', 'g.2'))
    expect(errors.map(({ code, id, cause }) => ({ code, id, cause }))).toEqual([{ code: 'decode', id: 'g.1', cause }])
    expect(heard).toEqual([['other', 'b']])
    live.close()
  })

  test('an error stays short, and reads every kind of path', async () => {
    const issues = [{ message: 'first', path: [{ key: 'a' }, 0, Symbol('s')] }, { message: 'second'.repeat(100_000) }]
    const { sse, live, errors } = await startHearing({ schema: { text: answering(() => ({ issues }) as never) } })
    sse.run$.say(blocks.event('text', 'a', 'g.1'))
    expect(errors[0]?.message).toMatch(/: data\.a\.0\.Symbol\(s\): first; data: second/)
    expect(errors[0]?.message.length).toBeLessThan(600)
    expect(errors[0]?.issues).toBe(issues)
    live.close()
  })

  test.each([
    { schema: { a: {} } },
    { sendSchema: { a: undefined } },
    { replySchema: { a: () => true } },
    { schema: { a: 7 } },
  ])('%j is a TypeError at once', async (options) => {
    await expect(startOpen(options as never)).rejects.toThrow(TypeError)
    await expect(startOpen(options as never)).rejects.toThrow(/every schema/)
  })
})

describe('sends', () => {
  test('what does not fit is not sent, and takes no number', async () => {
    const { transport, live } = await openWebSocket({}, { sendSchema: { chat: shout } })
    const refused = live.send('chat', 7)
    await expect(refused).rejects.toBeInstanceOf(HoldfastError)
    await expect(refused).rejects.toMatchObject({
      code: 'schema',
      message: 'A message of type "chat" does not fit its schema: data: no text',
      issues: [{ message: 'no text' }],
    })
    live.send('chat', 'hi').catch(() => {})
    live.send('other', 7).catch(() => {})
    await tick()
    expect(numbers(transport)).toEqual([[1], [2]])
    // It goes as it was given: the other side has the schema too.
    expect(frames(transport).map(({ messages }) => messages[0]?.data)).toEqual(['hi', 7])
    live.close()
  })

  test('a reply is what its schema makes of it, or an error', async () => {
    const { transport, live } = await openWebSocket({}, { replySchema: { chat: shout } })
    const replies = Promise.allSettled([live.send('chat', 1), live.send('chat', 2), live.send('other', 3)])
    await tick()
    transport.run$.say(
      blocks.result(1, { data: 'stored' }) + blocks.result(2, { data: 7 }) + blocks.result(3, { data: 7 }),
    )
    expect(await replies).toMatchObject([
      { value: 'stored!' },
      { reason: { code: 'schema', message: expect.stringMatching(/^A reply of type "chat"/) } },
      { value: 7 },
    ])
    live.close()
  })
})
