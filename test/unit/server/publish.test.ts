import { describe, expect, test, vi } from 'vitest'
import { createHub, type History, memoryHistory } from '../../../src/server/index.js'
import { eventsOf } from './blocks.js'
import { hear, Served } from './served.js'

describe('publish', () => {
  test.each([
    ['', /1 to 256/],
    ['x'.repeat(257), /1 to 256/],
    ['a\nb', /CR, LF or NUL/],
    ['a\rb', /CR, LF or NUL/],
    ['a\0b', /CR, LF or NUL/],
    ['holdfast:open', /protocol's own/],
    [7, /must be a string/],
  ])('throws at once for the type %j', (type, message) => {
    const hub = createHub()
    expect(() => hub.publish(type as string, 1)).toThrow(TypeError)
    expect(() => hub.publish(type as string, 1)).toThrow(message)
  })

  test.each([
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['a bigint', 7n],
    [
      'what throws when it is read',
      {
        toJSON() {
          throw new Error('no')
        },
      },
    ],
  ])('throws at once for data that is %s', (_, data) => {
    expect(() => createHub().publish('a', data)).toThrow(TypeError)
  })

  test('throws at once for data too large, and for a topic or principal that is none', () => {
    const hub = createHub({ limits: { eventBytes: 100 } })
    expect(() => hub.publish('a', 'x'.repeat(100))).toThrow(RangeError)
    expect(() => hub.publish('a', 1, { topic: '' })).toThrow(TypeError)
    expect(() => hub.publish('a', 1, { to: 7 as unknown as string })).toThrow(TypeError)
  })

  test.each([
    ['', /1 to 256/],
    ['x'.repeat(257), /1 to 256/],
    ['a\nb', /CR, LF or NUL/],
    ['a\rb', /CR, LF or NUL/],
    ['a\0b', /CR, LF or NUL/],
    [7, /must be a string/],
  ])('throws at once for the topic %j, and no hello may ask for it', async (topic, message) => {
    const hub = createHub()
    expect(() => hub.publish('a', 1, { topic: topic as string })).toThrow(TypeError)
    expect(() => hub.publish('a', 1, { topic: topic as string })).toThrow(message)
    if (typeof topic !== 'string') return
    const address = `http://app.test/live?carrier=poll&topic=${encodeURIComponent(topic)}`
    const answer = await hub.fetch(new Request(address))
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'bad-request', message: expect.stringMatching(message) })
  })

  test('an event says its topic in a comment before its data, live and from the history; no other block does', async () => {
    await using served = await Served.start()
    const { hub } = served
    const longest = ': é 日本 '.padEnd(256, 'x')
    const query = `topic=room&topic=${encodeURIComponent(longest)}`
    const live = served.socket(`?${query}`)
    const cursor = (await live.block('holdfast:ready')).id
    const ids = [
      await hub.publish('chat', 1, { topic: 'room' }),
      await hub.publish('message', 2, { topic: longest, to: 'anonymous' }),
      await hub.publish('chat', ':topic room\n:topic room'),
    ]
    hub.publish('end', 3, { topic: 'room', ephemeral: true })
    await live.block('end')
    const stored =
      `id: ${ids[0]}\nevent: chat\n:topic room\ndata: 1\n\n` +
      `id: ${ids[1]}\n:topic ${longest}\ndata: 2\n\n` +
      `id: ${ids[2]}\nevent: chat\ndata: ":topic room\\n:topic room"\n\n`
    const events = `${stored}event: end\n:topic room\ndata: 3\n\n`
    expect(live.text.slice(live.text.indexOf('id: ', live.text.indexOf('holdfast:ready')))).toBe(events)
    const poll = await (await fetch(`${served.url}/live?carrier=poll&${query}&cursor=${cursor}`)).text()
    expect(poll.slice(poll.indexOf('id: ', poll.indexOf('holdfast:ready')))).toBe(`${stored}id: ${ids[2]}\n\n`)
  })

  test('gives ids that name the generation, and none to what is ephemeral', async () => {
    const hub = createHub()
    const ids = [await hub.publish('a', 1), await hub.publish('a', 2)]
    const generation = ids[0]?.split('.')[0]
    expect(generation).toMatch(/^[a-z0-9]{6}$/)
    expect(ids).toEqual([`${generation}.1`, `${generation}.2`])
    expect(await hub.publish('a', 3, { ephemeral: true })).toBeUndefined()
    expect(await hub.position()).toBe(ids[1])
    expect((await createHub().position()).split('.')[0]).not.toBe(generation)
  })

  test('to one principal, to a topic, to a principal on a topic, to everybody', async () => {
    await using served = await Served.start({
      authorize: ({ headers }) => ({ principal: headers.get('who') ?? '', topics: ['open', 'both'] }),
    })
    const { hub } = served
    const ann = hear(await fetch(`${served.url}/live?topic=open&topic=both&topic=closed`, { headers: { who: 'ann' } }))
    const bob = hear(await fetch(`${served.url}/live?topic=both`, { headers: { who: 'bob' } }))
    expect((await ann.block('holdfast:ready')).data).toMatchObject({ denied: ['closed'] })
    await bob.block('holdfast:ready')
    hub.publish('e', 'everybody')
    hub.publish('e', 'open', { topic: 'open' })
    hub.publish('e', 'both', { topic: 'both' })
    hub.publish('e', 'closed', { topic: 'closed' })
    hub.publish('e', 'ann', { to: 'ann' })
    hub.publish('e', 'bob', { to: 'bob', ephemeral: true })
    hub.publish('e', 'bob open', { to: 'bob', topic: 'open' })
    hub.publish('e', 'ann open', { to: 'ann', topic: 'open' })
    hub.publish('end')
    await Promise.all([ann.block('end'), bob.block('end')])
    expect(eventsOf(ann.blocks).map(([, data]) => data)).toEqual(['everybody', 'open', 'both', 'ann', 'ann open', null])
    expect(eventsOf(bob.blocks).map(([, data]) => data)).toEqual(['everybody', 'both', 'bob', null])
  })

  test('in order also while the history is still being opened', async () => {
    const memory = memoryHistory()
    let opened = () => {}
    const history: History = {
      ...memory,
      open: async (listener) => {
        await new Promise<void>((resolve) => {
          opened = resolve
        })
        return memory.open(listener)
      },
    }
    const hub = createHub({ history })
    const early = [hub.publish('a', 1), hub.publish('a', 2)]
    opened()
    const ids = await Promise.all([...early, hub.publish('a', 3)])
    expect(ids.map((id) => id?.split('.')[1])).toEqual(['1', '2', '3'])
  })

  test('rejects when the history fails, is reported, and ends no process when nobody waits', async () => {
    const failure = new Error('down')
    const hub = createHub({ history: { ...memoryHistory(), append: () => Promise.reject(failure) } })
    const errors: unknown[] = []
    hub.onError(() => {
      throw new Error('a listener that throws')
    })
    hub.onError((error) => errors.push(error))
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    hub.publish('a', 1)
    await expect(hub.publish('a', 2)).rejects.toBe(failure)
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([failure, failure])
    expect(log).toHaveBeenCalledTimes(2)
    log.mockRestore()
  })

  test('rejects after close', async () => {
    const hub = createHub()
    await hub.close()
    hub.publish('a', 1)
    await expect(hub.publish('a', 1)).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('options that cannot be', () => {
  test.each([
    [{ heartbeat: 0 }, /heartbeat/],
    [{ authorize: true }, /authorize/],
    [{ allowedOrigins: 'https://a.test' }, /allowedOrigins/],
    [{ limits: { sends: 1 } }, /limits\.sends /],
    [{ limits: { topics: '7' } }, /limits\.topics/],
    [{ limits: { queuedBytes: -1 } }, /limits\.queuedBytes/],
  ])('%j', (options, message) => {
    expect(() => createHub(options as object)).toThrow(TypeError)
    expect(() => createHub(options as object)).toThrow(message)
  })

  test('a history', () => {
    expect(() => memoryHistory({ maxEvents: -1 })).toThrow(/maxEvents/)
  })
})
