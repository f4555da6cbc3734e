import { describe, expect, test } from 'vitest'
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

    server.heard.length = 0
    box.set({ [kind]: { cut: 0 } })
    await expect(ask[kind]()).rejects.toThrow()
    // The server has handled what the page had no answer to.
    expect(server.heard).toEqual(kind === 'post' ? ['posted'] : [])

    box.set({ [kind]: 'hang' })
    const answer = await Promise.race([ask[kind]().catch(() => 'broken'), wait(quiet).then(() => 'nothing')])
    expect(answer).toBe('nothing')
  })
})
