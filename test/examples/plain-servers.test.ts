import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPage, waitForText } from './open-page.js'
import { runExample } from './run-example.js'

// Three servers that know nothing of Holdfast, each run as its header says and read by real Chromium.
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
}, 30_000)
afterAll(() => browser.close())

async function open(path: string) {
  const example = await runExample(path)
  onTestFinished(example.stop)
  const opened = await openPage(browser, example.url)
  onTestFinished(() => opened.page.close())
  return { ...opened, url: example.url }
}

test('plain-websocket-echo: what is said comes back over wss', async () => {
  const { page, problems, url } = await open('plain-websocket-echo/server.mjs')
  expect(new URL(url).protocol).toBe('https:')
  await waitForText(page, '#state', 'open')
  for (const text of ['one', 'zwei €', '三']) {
    await page.type('input[name=text]', text)
    await page.keyboard.press('Enter')
  }
  await waitForText(page, '#answers li:nth-child(3)', '三')
  expect(await page.$$eval('#answers li', (lines) => lines.map((line) => line.textContent))).toEqual([
    'one',
    'zwei €',
    '三',
  ])
  expect(problems).toEqual([])
}, 30_000)

test('plain-express-sse: named events with ids, from another origin, with its cookie', async () => {
  const { page, problems } = await open('plain-express-sse/server.mjs')
  await waitForText(page, '#state', 'open')
  await waitForText(page, '#temperature', /^\d\d\.\d °C$/)
  await waitForText(page, '#notices li', /^1: Watered bed/)
  await waitForText(page, '#notices li:nth-child(2)', /^2: Watered bed/)
  expect(problems).toEqual([])

  // The cookie is what lets it in: a request without one is turned away.
  const api = await page.evaluate(async () => (await fetch('/api-origin')).text())
  expect(new URL(api).origin).not.toBe(new URL(page.url()).origin)
  expect((await fetch(`${api}/events`)).status).toBe(401)
}, 30_000)

test('chat-completion: an answer grows, ends with its stream, and is not asked for twice', async () => {
  const { page, problems } = await open('chat-completion/server.mjs')
  let asked = 0
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/chat/completions')) asked += 1
  })
  await page.click('button')
  // A part of it stands there before the whole does: it is streamed.
  await waitForText(page, '#answer', /^You asked/)
  expect(await page.$eval('#state', (state) => state.textContent)).toBe('thinking')
  await waitForText(page, '#state', 'done')
  expect(await page.$eval('#answer', (answer) => answer.textContent)).toBe(
    'You asked: “What holds kelp to the rock?” A holdfast does. It is not a root: it takes in nothing, it only holds.',
  )
  expect(asked).toBe(1)
  expect(problems).toEqual([])
}, 30_000)
