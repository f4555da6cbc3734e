import { describe, expect, test, vi } from 'vitest'
import { box, quiet, server, setUpMiddlebox, wait } from './harness.js'

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
})
