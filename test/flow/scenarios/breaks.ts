import { describe, expect, test } from 'vitest'
import type { Make } from '../../support/remote.js'
import { factories, numbersFrom, record, transportNames, until } from './recorder.js'

/** Connections that die in every way, on each transport: nothing is lost, nothing comes twice, or the page is told. */
export function describeBreaks(make: Make): void {
  // The shortest backoff, so that a test waits for what it is about.
  const reconnect = { minDelay: 50, maxDelay: 200 }

  describe.each(transportNames)('%s', (name) => {
    const transports = [factories[name]()]

    test.each(['rst', 'fin'] as const)('connections killed by %s, again and again', async (how) => {
      const server = await make('server')
      const box = await make('middlebox', server.url)
      const { live, numbers, gaps } = record(`${box.url}/live`, { transports, reconnect })
      await live.opened
      for (let round = 0; round < 4; round++) {
        await server.publishNumbers('number', round * 25 + 1, 10)
        await box.kill(how)
        await server.publishNumbers('number', round * 25 + 11, 15)
        await until(() => expect(numbers).toHaveLength((round + 1) * 25))
      }
      expect(numbers).toEqual(numbersFrom(1, 100))
      expect(gaps).toEqual([])
    })

    test('a server that is killed and comes back: what was published meanwhile arrives', async () => {
      const server = await make('server')
      const { live, numbers, gaps } = record(server.url, { transports, reconnect })
      await live.opened
      await server.publishNumbers('number', 1, 10)
      await until(() => expect(numbers).toHaveLength(10))
      await server.stop()
      await until(() => expect(live.state.status).toBe('reconnecting'))
      await server.publishNumbers('number', 11, 10)
      await server.start()
      await until(() => expect(numbers).toHaveLength(20))
      expect(numbers).toEqual(numbersFrom(1, 20))
      expect(gaps).toEqual([])
      expect(live.state.status).toBe('open')
    })

    test('a server that comes back without its history: the page is told of the gap, before the next event', async () => {
      const server = await make('server')
      const { live, numbers, gaps } = record(server.url, { transports, reconnect })
      await live.opened
      await server.publishNumbers('number', 1, 10)
      await until(() => expect(numbers).toHaveLength(10))
      await server.stop()
      await server.start({ fresh: true })
      await until(() => expect(gaps).toHaveLength(1))
      expect(numbers).toHaveLength(10)
      await server.publishNumbers('number', 11, 5)
      await until(() => expect(numbers).toEqual(numbersFrom(1, 15)))
      expect(gaps).toHaveLength(1)
    })

    test('sends across a break are handled once each', async () => {
      const server = await make('server')
      const box = await make('middlebox', server.url)
      const { live } = record(`${box.url}/live`, { transports, reconnect })
      await live.opened
      const sends: Promise<unknown>[] = []
      for (let number = 1; number <= 30; number++) {
        sends.push(live.send('chat', number))
        if (number % 10 === 0) await box.kill('rst')
      }
      expect(await Promise.all(sends)).toEqual(numbersFrom(1, 30).map((number) => ({ echo: number })))
      expect((await server.messages()).map(({ data }) => data)).toEqual(numbersFrom(1, 30))
    })

    test('bytes that vanish in silence are noticed by the heartbeat', async () => {
      const server = await make('server', { heartbeat: 300 })
      const box = await make('middlebox', server.url)
      const { live, numbers } = record(`${box.url}/live`, {
        transports: [factories[name](name === 'long-poll' ? { wait: 300 } : {})],
        reconnect,
      })
      await live.opened
      await server.publishNumbers('number', 1, 5)
      await until(() => expect(numbers).toHaveLength(5))
      await box.hang()
      await server.publishNumbers('number', 6, 5)
      await until(() => expect(live.state.status).toBe('reconnecting'))
      await box.reset()
      await until(() => expect(numbers).toEqual(numbersFrom(1, 10)))
    })
  })

  test('polls that a proxy answers in its own words', async () => {
    const server = await make('server')
    const box = await make('middlebox', server.url)
    const { live, numbers, gaps } = record(`${box.url}/live`, { transports: [factories['long-poll']()], reconnect })
    await live.opened
    let first = 1
    for (const fault of [
      { status: 502 },
      { status: 503 },
      { status: 504 },
      { status: 429, retryAfter: 1 },
      { cut: 0 },
      { cut: 100 },
    ]) {
      await box.set({ poll: fault })
      await box.forget()
      await server.publishNumbers('number', first, 5)
      // The poll that waited when the fault was set still passes, the next is spoilt. A cut body is a clean end in WebKit at times, so
      // the state does not tell.
      await until(async () => expect((await box.counts()).requests.poll).toBeGreaterThanOrEqual(1))
      await box.set({ poll: 'pass' })
      first += 5
      await until(() => expect(numbers).toHaveLength(first - 1))
    }
    expect(numbers).toEqual(numbersFrom(1, 30))
    expect(gaps).toEqual([])
  })

  test('a token that is revoked stops the connection with its reason', async () => {
    const server = await make('server', { tokens: { good: 'alice' } })
    const { live } = record(server.url, { headers: { authorization: 'Bearer good' }, reconnect })
    await live.opened
    await server.revoke('good')
    await server.kill()
    expect(await live.closed).toBe('refused')
    expect(live.state.error).toMatchObject({ code: 'unauthorized' })
  })
}
