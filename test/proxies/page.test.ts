import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPage, waitForText } from '../examples/open-page.js'
import { ExampleProcess } from './processes.js'
import { proxyNames, startProxy } from './proxies.js'

// The example's page in a real Chromium, which says Origin and Host as no client in Node does.
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
}, 30_000)
afterAll(() => browser?.close())

describe.each(proxyNames)('%s', { timeout: 60_000 }, (name) => {
  test('a page goes on when its process is killed', async () => {
    const [a, b] = (await ExampleProcess.startTwo()).processes
    const { url } = await startProxy(name, [a.port, b.port])
    const { page, problems } = await openPage(browser, `${url}/`)
    onTestFinished(() => page.close())
    const say = async (text: string) => {
      await page.type('input[name=text]', text)
      await page.click('button')
    }
    const lines = () => page.$$eval('#lines li', (all) => all.map((line) => line.textContent))

    await waitForText(page, '#state', 'open over websocket')
    await say('first')
    await waitForText(page, '#lines li:last-child', 'first')
    expect(problems).toEqual([])

    const its = (await a.health()).clients > 0 ? a : b
    await its.kill()
    await say('second')
    await waitForText(page, '#lines li:last-child', 'second')
    await waitForText(page, '#state', 'open over websocket')
    expect(await lines()).toEqual(['first', 'second'])
  })
})
