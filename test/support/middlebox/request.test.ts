import { describe, expect, test, vi } from 'vitest'
import { box, openStream, quiet, server, setUpMiddlebox, wait } from './harness.js'

setUpMiddlebox()

describe('long-poll and POST', () => {
  const ask = {
    poll: () => fetch(`${box.url}/?carrier=poll`),
    post: () => fetch(box.url, { method: 'POST', body: 'posted' }),
  }
  const answers = { poll: 'polled', post: 'posted' }

  test.each(['poll', 'post'] as const)('%s: delays, refuses, cuts and hangs', async (kind) => {
    box.set({ [kind]: { delay: 100 } })
    const start = performance.now()
    expect(await (await ask[kind]()).text()).toBe(answers[kind])
    expect(performance.now() - start).toBeGreaterThanOrEqual(99)

    box.set({ [kind]: { status: 429, retryAfter: 3 } })
    const refused = await ask[kind]()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
    expect(await refused.text()).toContain('<html>')

    box.set({ [kind]: { cut: 3 } })
    const cut = await ask[kind]()
    expect(cut.status).toBe(200)
    await expect(cut.text()).rejects.toThrow()

    box.set({ [kind]: { delay: 100, once: true } })
    box.forget()
    const held = ask[kind]()
    await vi.waitFor(() => expect(box.counts().requests[kind]).toBe(1))
    const first = Promise.race([held.then(() => 'held'), ask[kind]().then(() => 'overtaking')])
    expect(await first).toBe('overtaking')
    await held

    const nothingFrom = (asked: Promise<unknown>) =>
      expect(Promise.race([asked.catch(() => 'broken'), wait(quiet).then(() => 'nothing')])).resolves.toBe('nothing')
    for (const [fault, heard] of [
      ['unanswered', kind === 'post' ? ['posted'] : []],
      ['hang', []],
    ] as const) {
      server.heard.length = 0
      box.set({ [kind]: fault })
      await nothingFrom(ask[kind]())
      expect(server.heard).toEqual(heard)
    }

    server.heard.length = 0
    box.set({ [kind]: { cut: 0 } })
    await expect(ask[kind]()).rejects.toThrow()
    // The server has handled what the page had no answer to.
    expect(server.heard).toEqual(kind === 'post' ? ['posted'] : [])
  })
  test('compresses an answer to a poll', async () => {
    box.set({ poll: { gzip: true } })
    const answer = await ask.poll()
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(answer.headers.get('content-length')).toBe(null)
    expect(await answer.text()).toBe('polled')
  })
})

describe('a proxy that knows nothing of CORS', () => {
  const allows = (answer: Response) => [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))

  test('takes the headers off all answers, and off its own', async () => {
    expect(allows(await fetch(box.url))).not.toEqual([])
    box.set({ cors: 'refuse' })
    const stream = await openStream()
    expect(allows(stream.response)).toEqual([])
    for (const path of ['/', '/?carrier=poll']) expect(allows(await fetch(box.url + path))).toEqual([])
    expect(allows(await fetch(box.url, { method: 'POST', body: 'x' }))).toEqual([])
    box.set({ poll: { status: 503 }, sse: { status: 503 } })
    expect(allows(await fetch(`${box.url}/?carrier=poll`))).toEqual([])
    expect(allows((await openStream()).response)).toEqual([])
  })

  test('refuses preflights, and never asks the server', async () => {
    expect((await fetch(box.url, { method: 'OPTIONS' })).status).toBe(204)
    box.set({ cors: 'refuse' })
    const answer = await fetch(box.url, { method: 'OPTIONS' })
    expect([answer.status, allows(answer)]).toEqual([403, []])
    expect(await answer.text()).toContain('<html>')
    expect(box.counts().requests.preflight).toBe(2)
    box.set({ cors: 'pass' })
    expect((await fetch(box.url, { method: 'OPTIONS' })).status).toBe(204)
  })
})
