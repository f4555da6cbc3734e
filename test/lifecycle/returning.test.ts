import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { numbersFrom, transportNames } from '../flow/scenarios/recorder.js'
import { type Chromium, type Engine, engineNames, engines, launchChromium } from './engines.js'
import { type LivePage, openLivePage } from './page.js'

// Pages that were away in one way or another, and go on where they were. Their carriers died without a word (but for a frozen
// WebSocket, which is closed when it thaws), and the heartbeat is 15 s: whoever is connected again at once was woken.
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 8000, interval: 20 })

/** The page has heard the numbers up to this one, each once and in order, and nothing was lost. */
async function expectAllUpTo({ diary }: LivePage, last: number): Promise<void> {
  await until(async () => expect((await diary()).numbers).toContain(last))
  expect(await diary()).toMatchObject({ numbers: numbersFrom(1, last), gaps: [] })
}

async function hearFirstFive(page: LivePage): Promise<void> {
  await page.server.publishNumbers('number', 1, 5)
  await expectAllUpTo(page, 5)
}

async function expectOpenAgainAtOnce({ diary }: LivePage): Promise<void> {
  expect((await diary()).openedAgain).toBeLessThan(2000)
}

describe.each(engineNames)('%s', (name) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await engines[name]()
  }, 30_000)
  afterAll(() => engine.close())

  describe.each(transportNames)('%s', (transport) => {
    const fromTheCache = async () => {
      const page = await openLivePage(engine, transport)
      const { server, box, tab } = page
      await hearFirstFive(page)
      await tab.goto(page.elsewhere)
      await until(async () =>
        expect(await server.counts()).toMatchObject({ websocket: 0, sse: 0, poll: 0, connections: 0 }),
      )
      const visits = (await server.visits()).length
      await box.forget()
      await server.publishNumbers('number', 6, 5)
      expect((await box.counts()).requests).toMatchObject({ websocket: 0, sse: 0, poll: 0, post: 0 })
      expect(await server.visits()).toHaveLength(visits)
      await tab.back()
      await until(async () => expect(await tab.evaluate('location.pathname')).toBe('/lifecycle.html'))
      const why = await tab.evaluate(`JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)`)
      expect(await tab.evaluate('diary.events.at(-1)'), `not restored: ${why}`).toBe('pageshow from the cache')
      await expectAllUpTo(page, 10)
      await server.publishNumbers('number', 11, 5)
      await expectAllUpTo(page, 15)
      await expectOpenAgainAtOnce(page)
    }
    // Firefox keeps no page that has had a connection, even one that was let go in time.
    if (name !== 'firefox') test('a page from the back/forward cache', fromTheCache)

    test('a network that swallows all, until the browser says that it is online again', async () => {
      // Of another origin: else the browser might ask again on a connection that had loaded the page, and is as dead.
      const page = await openLivePage(engine, transport, { crossOrigin: true })
      const { server, box, tab } = page
      await hearFirstFive(page)
      await box.hang()
      await server.publishNumbers('number', 6, 5)
      await box.reset()
      // What was open before stays dead: the page has no means to know, but for the event.
      expect(await tab.evaluate('diary.numbers.length')).toBe(5)
      await tab.evaluate(`void dispatchEvent(new Event('online'))`)
      await expectAllUpTo(page, 10)
      await server.publishNumbers('number', 11, 5)
      await expectAllUpTo(page, 15)
      await expectOpenAgainAtOnce(page)
    })
  })
})

describe.runIf(engineNames.includes('chromium'))('tabs in the background of Chromium', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 30_000)
  afterAll(() => chromium.close())

  /** A page that hears numbers in a tab behind another one, which hears them too. */
  async function openHidden(transport: (typeof transportNames)[number]) {
    const page = await openLivePage(chromium, transport)
    await hearFirstFive(page)
    const front = await page.again()
    await front.tab.show()
    await until(async () => expect(await page.tab.evaluate('document.visibilityState')).toBe('hidden'))
    return { ...page, front }
  }

  describe.each(transportNames)('%s', (transport) => {
    test('a hidden tab goes on hearing; frozen it hears nothing, and thawed it has lost nothing', async () => {
      const page = await openHidden(transport)
      const { server, tab } = page
      await server.publishNumbers('number', 6, 5)
      await expectAllUpTo(page, 10)

      await tab.setLifecycle('frozen')
      await until(async () => expect((await page.diary()).events.at(-1)).toBe('freeze'))
      // When the tab in front has heard the second of two, what was published first would have arrived here as well.
      for (const number of [11, 12]) {
        await server.publishNumbers('number', number, 1)
        await until(async () => expect((await page.front.diary()).numbers).toContain(number))
      }
      expect((await page.diary()).numbers).toHaveLength(10)

      await tab.setLifecycle('active')
      await until(async () => expect((await page.diary()).events.at(-1)).toBe('resume'))
      await expectAllUpTo(page, 12)
      await server.publishNumbers('number', 13, 5)
      await expectAllUpTo(page, 17)
      await expectOpenAgainAtOnce(page)
      expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
    })
  })
})
