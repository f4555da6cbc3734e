import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { transportNames } from '../flow/scenarios/recorder.js'
import type { Faults } from '../support/middlebox.js'
import { type Engine, engineNames, engines, type Tab } from './engines.js'
import { type LivePage, openLivePage } from './page.js'

const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 20 })

// A page that goes away has one moment left to say something. What the hub handled in the end tells what arrived.

interface Leaving {
  how: string
  leave(tab: Tab, elsewhere: string): Promise<unknown>
  closes?: true
  /** What the middlebox does to a message that is sent just before. */
  underWay: Partial<Faults>
  /** Whether the server handles that one before the page leaves. */
  handled: boolean
  /** What the middlebox does to the last requests. */
  last: Faults['post']
}

const ways: Leaving[] = [
  {
    how: 'navigates away while the answer to a send is under way',
    leave: (tab, elsewhere) => tab.goto(elsewhere),
    underWay: { websocket: { swallow: 'down' }, post: 'unanswered' },
    handled: true,
    // They take longer than the page lives.
    last: { delay: 200 },
  },
  {
    how: 'is closed while a send is under way',
    leave: (tab) => tab.close(),
    closes: true,
    underWay: { websocket: { swallow: 'up' }, post: 'hang' },
    handled: false,
    // Firefox waits for no answer to a closed tab: nothing may hold the requests up.
    last: 'pass',
  },
]

const words = ['under way', 'one', 'two', 'three']

/** What was handled, once `last` and all that was under way has arrived and nobody is connected any more. */
async function handledInTheEnd({ server, box }: LivePage, last: string): Promise<unknown[]> {
  await until(async () => {
    expect((await server.messages()).map(({ data }) => data)).toContain(last)
    expect(await server.counts()).toMatchObject({ websocket: 0, sse: 0, poll: 0, connections: 0 })
    if (last !== 'three') return
    const arrived = (await server.visits()).filter(({ transport }) => transport === 'post')
    expect(arrived).toHaveLength((await box.counts()).requests.post)
  })
  return (await server.messages()).map(({ data }) => data)
}

describe.each(engineNames)('%s', (name) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await engines[name]()
  }, 30_000)
  afterAll(() => engine.close())

  describe.each(transportNames)('%s', (transport) => {
    test.each(ways)('a page that $how: all that it sent is handled once', async (way) => {
      const page = await openLivePage(engine, transport)
      const { server, box, tab } = page
      await box.set(way.underWay)
      await tab.evaluate(`sendAndForget('under way')`)
      if (way.handled) await until(async () => expect(await server.messages()).toHaveLength(1))
      else if (transport !== 'websocket') await until(async () => expect((await box.counts()).requests.post).toBe(1))
      await box.set({ websocket: 'pass', post: way.last })
      // It never arrived, so it does not count.
      if (!way.handled) await box.forget()
      await tab.evaluate(`sayOnLeaving('one', 'two', 'three')`)
      await way.leave(tab, page.elsewhere)
      // Firefox, on a busy machine, cuts a listener off in its middle where it runs while the tab is closed.
      const certain = name === 'firefox' && way.closes ? 1 : words.length
      const handled = await handledInTheEnd(page, words[certain - 1] ?? '')
      expect(handled).toEqual(words.slice(0, Math.max(certain, handled.length)))
    })

    test('a page of another origin, with a token, and its last requests overtake each other', async () => {
      const page = await openLivePage(engine, transport, {
        crossOrigin: true,
        options: { headers: { authorization: 'Bearer secret' } },
      })
      await page.box.set({ post: { delay: 200, once: true } })
      await page.tab.evaluate(`sayOnLeaving('one', 'two', 'three')`)
      await page.tab.goto(page.elsewhere)
      expect(await handledInTheEnd(page, 'three')).toEqual(['one', 'two', 'three'])
    })
  })
})
