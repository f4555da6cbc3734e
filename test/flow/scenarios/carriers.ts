import { describe, expect, test } from 'vitest'
import type { Make } from '../../support/remote.js'
import { factories, numbersFrom, record, transportNames, until } from './recorder.js'

/** Each transport alone, and nothing in between: events, sends and headers, the same on all three. */
export function describeCarriers(make: Make): void {
  describe.each(transportNames)('%s alone', (name) => {
    const transports = [factories[name]()]

    test('events arrive once and in order', async () => {
      const server = await make('server')
      const { live, numbers, carriers } = record(server.url, { transports })
      await live.opened
      await server.publishNumbers('number', 1, 100)
      await until(() => expect(numbers).toHaveLength(100))
      await server.publishNumbers('number', 101, 100)
      await until(() => expect(numbers).toHaveLength(200))
      expect(numbers).toEqual(numbersFrom(1, 200))
      expect(carriers).toEqual([name])
      expect(live.state).toMatchObject({ status: 'open', transport: name })
    })

    test('sends are handled once, in order, and answered', async () => {
      const server = await make('server')
      const { live } = record(server.url, { transports })
      const replies = await Promise.all(['one', 'two', 'three'].map((word) => live.send('chat', word)))
      expect(replies).toEqual([{ echo: 'one' }, { echo: 'two' }, { echo: 'three' }])
      expect((await server.messages()).map(({ data }) => data)).toEqual(['one', 'two', 'three'])
      await expect(live.send('refuse')).rejects.toMatchObject({ code: 'refused-by-handler' })
    })

    test('headers reach the server, and never the URL', async () => {
      const server = await make('server', { tokens: { secret: 'alice' } })
      const headers = { authorization: 'Bearer secret', 'x-mark': 'marked' }
      const { live, numbers } = record(server.url, { transports, headers })
      await live.opened
      await live.send('chat', 'hi')
      await server.publish('number', 1, { to: 'alice' })
      await until(() => expect(numbers).toEqual([1]))
      const visits = await server.visits()
      expect(visits.map(({ transport }) => transport)).toContain(name)
      for (const visit of visits) {
        expect(visit.headers).toMatchObject(headers)
        expect(visit.url).not.toMatch(/secret|marked/)
      }
    })

    test('topics are heard, joined and left', async () => {
      const server = await make('server')
      const { live, numbers } = record(server.url, { transports, topics: ['a'] })
      await live.opened
      await server.publish('number', 2, { topic: 'b' })
      await server.publish('number', 1, { topic: 'a' })
      await until(() => expect(numbers).toEqual([1]))
      const leave = live.subscribe('b')
      await until(async () => expect((await server.visits()).at(-1)?.topics).toEqual(['a', 'b']))
      await until(async () => {
        await server.publish('number', 3, { topic: 'b' })
        expect(numbers).toContain(3)
      })
      leave()
      await until(async () => expect((await server.visits()).at(-1)?.topics).toEqual(['a']))
      expect(numbers).not.toContain(2)
    })

    test('closing leaves nothing behind on the server', async () => {
      const server = await make('server')
      const { live } = record(server.url, { transports })
      await live.opened
      live.close()
      await until(async () => expect(await server.counts()).toMatchObject({ websocket: 0, sse: 0, poll: 0 }))
      expect(await live.closed).toBe('page')
    })
  })
}
