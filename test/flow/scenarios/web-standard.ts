import { describe, expect, test } from 'vitest'
import type { Make } from '../../support/remote.js'
import { factories, numbersFrom, record, until } from './recorder.js'

/** `hub.fetch` behind servers that only know web-standard requests, on another origin than the page, with a token. */
export function describeWebStandard(make: Make): void {
  describe.each(['express', 'bare'] as const)('%s', (host) => {
    test.each(['sse', 'long-poll'] as const)('%s: events, sends, a break and a close', async (name) => {
      const server = await make('webStandardServer', host)
      const { live, numbers, gaps } = record(server.url, {
        transports: [factories[name]()],
        headers: { authorization: 'Bearer secret' },
        reconnect: { minDelay: 50, maxDelay: 200 },
      })
      await live.opened
      await server.publishNumbers(1, 20)
      await until(() => expect(numbers).toHaveLength(20))
      expect(await live.send('chat', 'hi')).toEqual({ echo: 'hi' })
      await server.cut()
      await server.publishNumbers(21, 20)
      await until(() => expect(numbers).toHaveLength(40))
      expect(numbers).toEqual(numbersFrom(1, 40))
      expect(gaps).toEqual([])
      expect(await live.send('chat', 'again')).toEqual({ echo: 'again' })
      // A token in a header makes browsers ask first.
      if (typeof document !== 'undefined') expect(await server.methods()).toContain('OPTIONS')
      live.close()
      await until(async () => expect(await server.clients()).toBe(0))
    })

    test('a token that is no good is told as what it is', async () => {
      const server = await make('webStandardServer', host)
      const { live } = record(server.url, { transports: [factories.sse()], headers: { authorization: 'Bearer wrong' } })
      expect(await live.closed).toBe('refused')
      // The status of a refusal without CORS headers would be hidden, and this a network error.
      expect(live.state.error).toMatchObject({ code: 'unauthorized', status: 401 })
      await expect(live.opened).rejects.toMatchObject({ code: 'unauthorized' })
    })
  })
}
