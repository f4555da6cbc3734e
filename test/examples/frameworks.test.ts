import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { root } from '../package/source-graph.js'
import { launchChromium, openPage, waitForText } from './open-page.js'
import { runExample } from './run-example.js'

// The same page by four ways, each run as its header says and read by real Chromium.
let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
}, 30_000)
afterAll(() => browser.close())

test.each(['react', 'vue', 'svelte', 'rxjs'])(
  '%s: the tide rises, and a note of one visitor reaches the other',
  async (name) => {
    const example = await runExample(`${name}/server.mjs`)
    onTestFinished(example.stop)
    const open = async () => {
      const opened = await openPage(browser, example.url)
      onTestFinished(() => opened.page.close())
      await waitForText(opened.page, '#state', 'open over websocket')
      return opened
    }
    const here = await open()
    const { page } = here
    await waitForText(page, '#level', /^\d\.\d\d m\s+(rising|falling)$/)
    // The curve grows: not only the latest level is heard.
    await page.waitForFunction(
      () => (document.querySelector('polyline')?.getAttribute('points') ?? '').split(' ').length > 3,
    )
    await page.type('#text', 'Seals on the bank')
    await page.keyboard.press('Enter')
    await waitForText(page, 'li', /^Seals on the bank\s+\d/)
    // What the server has is cleared away.
    await page.waitForFunction(() => document.querySelector('input')?.value === '')
    // Who comes later is told what there is, and hears what is added.
    const later = await open()
    await waitForText(later.page, 'li', /^Seals on the bank/)
    await page.bringToFront()
    await page.type('#text', '<b>Fog</b>')
    await page.keyboard.press('Enter')
    await waitForText(later.page, 'li:nth-child(2)', /^<b>Fog<\/b>/)
    await page.setViewport({ width: 360, height: 740 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect([...here.problems, ...later.problems]).toEqual([])
  },
  60_000,
)

test('the compiler finds nothing in examples of TypeScript', () => {
  // Throws with what it says, if it finds anything.
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'examples')], {
    encoding: 'utf8',
  })
}, 60_000)
