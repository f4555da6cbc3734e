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
