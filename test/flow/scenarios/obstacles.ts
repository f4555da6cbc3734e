import { describe, expect, test } from 'vitest'
import type { Faults } from '../../support/middlebox.js'
import type { Make } from '../../support/remote.js'
import { numbersFrom, record, type TransportName, until } from './recorder.js'

/** What stands in between, and what carries the events in spite of it. */
const obstacles: { name: string; faults: Partial<Faults>; carrier: TransportName }[] = [
  { name: 'nothing', faults: {}, carrier: 'websocket' },
  { name: 'a WebSocket refused with 403', faults: { websocket: { status: 403 } }, carrier: 'sse' },
  { name: 'a WebSocket refused with 400', faults: { websocket: { status: 400 } }, carrier: 'sse' },
  { name: 'a WebSocket refused with 426', faults: { websocket: { status: 426 } }, carrier: 'sse' },
  { name: 'a WebSocket that hangs', faults: { websocket: 'hang' }, carrier: 'sse' },
  { name: 'a WebSocket that hears nothing', faults: { websocket: { swallow: 'down' } }, carrier: 'sse' },
  { name: 'a WebSocket whose words are lost', faults: { websocket: { swallow: 'up' } }, carrier: 'sse' },
  { name: 'a WebSocket deaf and mute', faults: { websocket: { swallow: 'both' } }, carrier: 'sse' },
  { name: 'a WebSocket cut after its first frame', faults: { websocket: { cutAfter: { frames: 1 } } }, carrier: 'sse' },
  { name: 'a WebSocket that flaps', faults: { websocket: 'flap' }, carrier: 'sse' },
  { name: 'no WebSocket, SSE buffered', faults: { websocket: { status: 403 }, sse: 'buffer' }, carrier: 'long-poll' },
  {
    name: 'a WebSocket that hangs, SSE buffered by 64 KiB',
    faults: { websocket: 'hang', sse: { buffer: 65_536 } },
    carrier: 'long-poll',
  },
  { name: 'no WebSocket, only headers of SSE', faults: { websocket: 'hang', sse: 'headers' }, carrier: 'long-poll' },
  {
    name: 'no WebSocket, SSE refused',
    faults: { websocket: { status: 403 }, sse: { status: 502 } },
    carrier: 'long-poll',
  },
]

export function describeObstacles(make: Make): void {
  describe.each(obstacles)('behind $name', ({ faults, carrier }) => {
    test(`events and sends pass, carried by ${carrier} in the end`, async () => {
      const server = await make('server')
      const box = await make('middlebox', server.url)
      await box.set(faults)
      // A header, as most pages have one: then the hello is a frame of its own and can be lost.
      const { live, numbers, gaps, carriers } = record(`${box.url}/live`, { headers: { 'x-mark': 'marked' } })
      await live.opened
      await server.publishNumbers('number', 1, 50)
      await until(() => expect(carriers.at(-1)).toBe(carrier))
      await until(() => expect(numbers).toHaveLength(50))
      expect(await live.send('chat', 'hi')).toEqual({ echo: 'hi' })
      await server.publishNumbers('number', 51, 50)
      await until(() => expect(numbers).toHaveLength(100))
      expect(numbers).toEqual(numbersFrom(1, 100))
      expect(gaps).toEqual([])
      expect(await server.messages()).toHaveLength(1)
      // One that flaps may take over once more before it has lost its place.
      await until(() => {
        const used = live.explain().attempts.filter(({ outcome }) => outcome === 'used')
        expect(used.map(({ transport }) => transport)).toEqual([carrier])
      })
    })
  })

  test('a round trip of 200 ms changes nothing but the time', async () => {
    const server = await make('server')
    const box = await make('middlebox', server.url)
    await box.set({ delay: 200 })
    const { live, numbers } = record(`${box.url}/live`)
    await live.opened
    await server.publishNumbers('number', 1, 20)
    await until(() => expect(numbers).toEqual(numbersFrom(1, 20)))
    expect(await live.send('chat', 'hi')).toEqual({ echo: 'hi' })
  })
}
