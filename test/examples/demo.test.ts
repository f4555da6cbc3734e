import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, type OpenPage, openPage, waitForText } from './open-page.js'
import { runExample } from './run-example.js'

// The demo as a visitor meets it: one page, and one switch after the other. What it promises is counted by the page itself.
let browser: Browser
let demo: Awaited<ReturnType<typeof runExample>>
let opened: OpenPage
let page: Page

beforeAll(async () => {
  browser = await launchChromium()
  demo = await runExample('demo/server.mjs')
  await visit()
}, 30_000)

/** A new visitor: with gates of its own, all open, and a browser that remembers nothing. */
async function visit() {
  const context = await browser.createBrowserContext()
  opened = await openPage(context, demo.url)
  page = opened.page
  page.setDefaultTimeout(30_000)
}

afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const gate = (lane: string, mode: string) => page.click(`input[name=gate-${lane}][value=${mode}]`)
const action = (label: string) => page.locator(`::-p-xpath(//button[.=${JSON.stringify(label)}])`).click()
const fact = (label: string) =>
  page.$eval(
    `::-p-xpath(//dt[.=${JSON.stringify(label)}]/following-sibling::dd[1])`,
    (value) => value.textContent ?? '',
  )
// A dash until the first figures are drawn.
const events = async () => Number((await fact('Events')).replaceAll(/\D/g, ''))

/** So many more events than now, and still none lost or doubled. */
async function eventsFlow(more: number) {
  const before = await events()
  await expect.poll(events, { timeout: 10_000 }).toBeGreaterThan(before + more)
  expect(await fact('Lost or doubled')).toBe('0 / 0')
}

test('events flow over WebSocket, and two delays are measured', async () => {
  await waitForText(page, '#transport', 'WebSocket')
  await eventsFlow(30)
  await expect.poll(() => fact('Send and reply')).toMatch(/ms$/)
  expect(await fact('Event delay')).toMatch(/ms$/)
  expect(await page.$eval('#timeline .badge', (badge) => badge.textContent)).toBe('in use')
  // The chart has a minute of history from the start: many different colours, not an empty canvas.
  const drawn = await page.$eval('#chart', (chart) => {
    if (!(chart instanceof HTMLCanvasElement)) return 0
    const { data } = chart.getContext('2d')?.getImageData(0, 0, chart.width, chart.height) ?? { data: [] }
    return data.filter((value, index) => index % 4 === 3 && value > 0).length
  })
  expect(drawn).toBeGreaterThan(2_000)
}, 30_000)

test('WebSocket blocked: they flow over SSE, and the page says why', async () => {
  await gate('websocket', 'block')
  await waitForText(page, '#transport', 'SSE')
  await eventsFlow(15)
  expect(await page.$$eval('#timeline .attempt', (all) => all.map((attempt) => attempt.textContent))).toEqual(
    expect.arrayContaining([expect.stringMatching(/^WebSocketfailed/), expect.stringMatching(/^SSEin use/)]),
  )
}, 60_000)

test('SSE held back as well: they flow over long-polling', async () => {
  await gate('sse', 'buffer')
  await waitForText(page, '#transport', 'Long-polling')
  await eventsFlow(15)
}, 60_000)

test('a line of the chat arrives once, over long-polling too', async () => {
  await page.type('#chat-text', 'over long-polling')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.line[data-state=delivered]')
  expect(await page.$$eval('.line-text', (lines) => lines.map((line) => line.textContent))).toEqual([
    'over long-polling',
  ])
}, 30_000)

test('all connections killed while a line is sent: it arrives once, and no event is lost', async () => {
  await gate('sse', 'pass')
  await gate('websocket', 'pass')
  await action('Kill all connections')
  await page.type('#chat-text', 'across a break')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.line:nth-child(2)[data-state=delivered]')
  expect(await page.$$eval('.line-text', (lines) => lines.map((line) => line.textContent))).toEqual([
    'over long-polling',
    'across a break',
  ])
  await eventsFlow(15)
}, 60_000)

test('a WebSocket that swallows frames is noticed and left', async () => {
  await visit()
  await waitForText(page, '#transport', 'WebSocket')
  await gate('websocket', 'swallow')
  await waitForText(page, '#transport', /^(SSE|Long-polling)$/)
  await eventsFlow(15)
  await gate('websocket', 'pass')
}, 60_000)

test('a WebSocket that hangs costs next to nothing, and a reload finds the gates as they were', async () => {
  await visit()
  await waitForText(page, '#transport', 'WebSocket')
  await gate('websocket', 'hang')
  await waitForText(page, '#transport', 'SSE')
  await page.reload()
  const loaded = performance.now()
  await waitForText(page, '#transport', 'SSE')
  // A head start, not the ten seconds after which a handshake is given up.
  expect(performance.now() - loaded).toBeLessThan(5_000)
  await page.waitForSelector('input[name=gate-websocket][value=hang]:checked')
  await eventsFlow(15)
}, 60_000)

test('the server restarts with its history: the page goes on where it was', async () => {
  await visit()
  await waitForText(page, '#transport', 'WebSocket')
  await action('Restart the server')
  await waitForText(page, '#status', 'reconnecting')
  await waitForText(page, '#status', /^open over /)
  await eventsFlow(15)
  expect(await fact('Gaps told')).toBe('0')
}, 60_000)

test('the server restarts without its history: the page is told', async () => {
  await action('Restart it, history lost')
  await waitForText(page, '#status', 'reconnecting')
  await waitForText(page, '#status', /^open over /)
  await expect.poll(() => fact('Gaps told'), { timeout: 10_000 }).toMatch(/^1 \(\d+ events\)$/)
  await eventsFlow(15)
}, 60_000)

test('the token expires: the page fetches another and goes on', async () => {
  await action('Expire the token')
  await eventsFlow(45)
  expect(await fact('Gaps told')).toMatch(/^1 /)
  await waitForText(page, '#status', /^open over /)
}, 60_000)

test('the comparison runs to its end over all three transports, and can be stopped', async () => {
  await page.$eval('#comparison-button', (button) => {
    if (!(button instanceof HTMLButtonElement)) return
    button.click()
    button.click()
  })
  await waitForText(page, '#comparison-progress', 'Stopped.')
  await page.click('#comparison-button')
  await waitForText(page, '#comparison-progress', /^Done/)
  const figures = await page.$$eval('.comparison-figure', (all) => all.map((figure) => figure.textContent))
  expect(figures).toHaveLength(9)
  for (const figure of figures) expect(figure).toMatch(/^[\d.,]+ m?s[\d,]+\/s$/)
}, 120_000)

/** Makes another tab the one that is looked at: the tab before is hidden now, and its timers are slow. */
async function lookAt(tab: Page) {
  page = tab
  page.setDefaultTimeout(30_000)
  await page.bringToFront()
}

/** Opens another tab by the button of the one that is looked at, and looks at that. */
async function openAnother() {
  const before = new Set(browser.targets())
  await action('Open another tab')
  const target = await browser.waitForTarget((target) => target.type() === 'page' && !before.has(target))
  const tab = await target.page()
  if (!tab) throw new Error('No page was opened.')
  await lookAt(tab)
  await waitForText(page, '#tab-role', /^Tab \d (leads|follows)$/)
}

/** Of two tabs the one that is not looked at. */
async function otherTab() {
  const tab = (await page.browserContext().pages()).find((tab) => tab !== page)
  if (!tab) throw new Error('There is no other tab.')
  return tab
}

/** Tabs ask each other once a second. */
const patience = { timeout: 10_000 }
const allTabs = () => page.$$eval('.tab', (rows) => rows.map((row) => row.textContent))
const counts = (connections: string) => waitForText(page, '#tabs-summary', connections)

/** Every open tab, as this one tells them, has what the server sent, and that once. */
async function nothingIsMissing() {
  await eventsFlow(15)
  expect(await fact('Gaps told')).toBe('0')
  for (const tab of await allTabs()) expect(tab).toMatch(/lost 0, doubled 0$/)
}

test('two tabs have one connection, and each says what its part is', async () => {
  await visit()
  const first = page
  await waitForText(first, '#tab-role', 'Tab 1 leads')
  await openAnother()
  await waitForText(page, '#tab-role', 'Tab 2 follows')
  await waitForText(page, '#transport', 'WebSocket')
  await counts('2 tabs are open, and the server counts 1 connection of yours.')
  await expect
    .poll(allTabs, patience)
    .toEqual([
      expect.stringMatching(/^Tab 1leadsHolds the connection: WebSocket\./),
      expect.stringMatching(/^Tab 2, this onefollowsHears tab 1\./),
    ])
  await waitForText(page, '#part', /^This tab follows: it has no connection of its own/)
  await waitForText(page, '#timeline .why', /^This tab hears its leader/)
  await waitForText(first, '#part', /and one tab hears it from here\.$/)
  await nothingIsMissing()
}, 60_000)

test('what a tab that follows switches and says is so in the one that leads', async () => {
  const first = await otherTab()
  await gate('websocket', 'block')
  // By questions: waitForSelector waits for an animation frame, which a hidden tab does not have.
  await expect.poll(() => first.$('input[name=gate-websocket][value=block]:checked'), patience).not.toBeNull()
  await waitForText(first, '#transport', 'SSE')
  await waitForText(page, '#transport', 'SSE')
  await page.type('#chat-text', 'from one that follows')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.line[data-state=delivered]')
  for (const tab of [page, first]) {
    await waitForText(tab, '.line:last-child .line-text', 'from one that follows')
    const said = await tab.$$eval('.line-text', (lines) => lines.map((line) => line.textContent))
    expect(said.filter((text) => text === 'from one that follows')).toHaveLength(1)
  }
  await gate('websocket', 'pass')
  await nothingIsMissing()
}, 60_000)

test('the tab that leads is closed: the other leads, and has missed nothing', async () => {
  await (await otherTab()).close()
  await waitForText(page, '#tab-role', 'Tab 2 leads')
  // It said that it goes: one that is merely silent stays in the list for longer.
  await expect.poll(allTabs, { timeout: 4_000 }).toHaveLength(1)
  await counts('One tab is open, and the server counts 1 connection of yours.')
  await nothingIsMissing()
}, 60_000)

test('the tab that leads stands still: another takes over, it comes back, and nobody has missed anything', async () => {
  const blocked = page
  await openAnother()
  await waitForText(page, '#tab-role', 'Tab 1 follows')
  const other = page
  await lookAt(blocked)
  await action('Block this tab for 5 s')
  await lookAt(other)
  await waitForText(page, '#tab-role', 'Tab 1 leads')
  await waitForText(blocked, '#tab-role', 'Tab 2 follows')
  await counts('2 tabs are open, and the server counts 1 connection of yours.')
  await expect.poll(allTabs, patience).toContainEqual(expect.stringMatching(/^Tab 2followsHears tab 1\./))
  await nothingIsMissing()
  await lookAt(blocked)
  await nothingIsMissing()
}, 60_000)

test('the tab that leads hangs for good: another takes over, and it goes from the list without a word', async () => {
  const other = page
  const hung = await otherTab()
  await lookAt(hung)
  await action('Crash this tab …')
  await action('Crash it')
  await lookAt(other)
  await expect.poll(allTabs, patience).toContainEqual(expect.stringMatching(/^Tab 1silentDoes not answer\./))
  await waitForText(page, '#tab-role', 'Tab 2 leads')
  await waitForText(page, '#tabs-summary', /^One tab is open/)
  await hung.close()
  await counts('One tab is open, and the server counts 1 connection of yours.')
  await nothingIsMissing()
}, 60_000)

test('nothing on the page breaks its strict policy, and it fits a phone', async () => {
  const response = await fetch(demo.url)
  expect(response.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  )
  // Refused and broken requests show up in the console, and belong here; anything else does not.
  expect(opened.problems.filter((problem) => !/WebSocket connection to|Failed to load resource/.test(problem))).toEqual(
    [],
  )
  await page.setViewport({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
}, 30_000)
