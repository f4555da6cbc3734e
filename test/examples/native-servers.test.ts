import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { launchChromium, type OpenPage, openPage, waitForText } from './open-page.js'
import { runExample } from './run-example.js'

// The examples with a hub, each run as its header says and read by real Chromium.
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
}, 30_000)
afterAll(() => browser.close())

test('script-tag: the clock ticks over the most preferred transport', async () => {
  const example = await runExample('script-tag/server.mjs')
  onTestFinished(example.stop)
  const { page, problems } = await openPage(browser, example.url)
  onTestFinished(() => page.close())
  await waitForText(page, '#state', 'open over websocket')
  const first = await waitForText(page, '#clock', /^\d\d:\d\d:\d\d$/)
  await page.waitForFunction((before) => document.querySelector('#clock')?.textContent !== before, {}, first)
  expect(problems).toEqual([])
}, 30_000)

test('spa: a vote on one page is counted on another, and stands there for who comes later', async () => {
  const example = await runExample('spa/server.mjs')
  onTestFinished(example.stop)
  const open = async () => {
    const opened = await openPage(browser, example.url)
    onTestFinished(() => opened.page.close())
    await waitForText(opened.page, '#state', 'open over websocket')
    return opened
  }
  const here = await open()
  const there = await open()
  const vote = async ({ page }: OpenPage, choice: string) => {
    await page.bringToFront()
    await page.click(`button[data-choice=${choice}]`)
    // Only once the server has it: a vote is not lost on the way.
    await page.waitForSelector(`button[data-choice=${choice}]:enabled`)
  }
  await vote(here, 'tea')
  await vote(here, 'tea')
  await vote(there, 'coffee')
  const later = await open()
  for (const { page, problems } of [here, there, later]) {
    await waitForText(page, 'button[data-choice=tea] output', '2')
    await waitForText(page, 'button[data-choice=coffee] output', '1')
    expect(problems).toEqual([])
  }
  // It is bundled, not served as it lies there.
  expect(await here.page.$eval('script[type=module]', (script) => script.getAttribute('src'))).toMatch(/^\/assets\//)
}, 60_000)
