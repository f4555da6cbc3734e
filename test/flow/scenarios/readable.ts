import { describe, expect, test } from 'vitest'
import type { Make } from '../../support/remote.js'
import { factories, record, transportNames } from './recorder.js'

/** Events as a web stream, over each transport. Read by hand: WebKit cannot iterate over one. */
export function describeReadable(make: Make): void {
  describe.each(transportNames)('%s as a web stream', (name) => {
    const transports = [factories[name]()]

    test('it holds the events, drops what nobody takes, and ends with the connection', async () => {
      const server = await make('server')
      const { live } = record(server.url, { transports })
      const all = live.readable('number').getReader()
      const few = live.readable('number', { limit: 2 })
      await live.opened
      await server.publishNumbers('number', 1, 5)
      const read: unknown[] = []
      while (read.length < 5) read.push((await all.read()).value)
      expect(read).toMatchObject([1, 2, 3, 4, 5].map((data) => ({ type: 'number', data })))
      live.close()
      expect(await all.read()).toEqual({ done: true, value: undefined })
      const left: unknown[] = []
      await few.pipeThrough(new TransformStream()).pipeTo(
        new WritableStream({
          write(item) {
            left.push(item)
          },
        }),
      )
      expect(left).toMatchObject([{ type: 'holdfast:dropped', count: 3 }, { data: 4 }, { data: 5 }])
    })

    test('cancelling one leaves the connection and the others alone', async () => {
      const server = await make('server')
      const { live } = record(server.url, { transports })
      const [one, other] = [live.readable('number').getReader(), live.readable('number').getReader()]
      await live.opened
      const waiting = one.read()
      await one.cancel('enough')
      expect(await waiting).toEqual({ done: true, value: undefined })
      await server.publish('number', 7)
      expect((await other.read()).value).toMatchObject({ type: 'number', data: 7 })
      expect(live.state.status).toBe('open')
    })

    test('a connection that is refused breaks it', async () => {
      const server = await make('server', { tokens: { secret: 'alice' } })
      const { live } = record(server.url, { transports })
      const reader = live.readable().getReader()
      await expect(reader.read()).rejects.toMatchObject({ code: 'unauthorized' })
    })
  })
}
