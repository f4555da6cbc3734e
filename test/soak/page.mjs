import { chromium } from 'playwright-core'
import { findBrowser } from '../support/browsers.mjs'

/**
 * A real page in Chromium, with a connection of its own.
 * @param {string} url
 */
export async function openPage(url) {
  const found = findBrowser('chromium')
  if (found === undefined) throw new Error('Chromium was not found: see docs/testing.md.')
  const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox'] })
  const page = await browser.newPage()
  await page.goto(url)
  const devtools = await page.context().newCDPSession(page)
  return {
    async sample() {
      await devtools.send('HeapProfiler.collectGarbage')
      const { usedSize } = await devtools.send('Runtime.getHeapUsage')
      return { heap: usedSize, heard: await page.evaluate('heard') }
    },
    /**
     * @param {number[]} counts
     * @returns {Promise<boolean>}
     */
    isDone: (counts) =>
      page.evaluate(`Object.entries(last).every(([topic, number]) => ${JSON.stringify(counts)}[topic] === number)`),
    close: () => browser.close(),
  }
}
