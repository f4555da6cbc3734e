import { type Browser, type BrowserContext, launch, type Page } from 'puppeteer-core'
import { findBrowser, howToGet } from '../support/browsers.mjs'

/** Real Chromium. Accepts certificates that nobody vouches for: the wss example makes its own. */
export async function launchChromium(): Promise<Browser> {
  const chromium = findBrowser('chromium')
  if (!chromium) throw new Error(howToGet('chromium'))
  return launch({
    executablePath: chromium.path,
    headless: true,
    acceptInsecureCerts: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
}

export interface OpenPage {
  page: Page
  /** What went wrong in the page: exceptions, and what the console called an error. */
  problems: string[]
}

export async function openPage(browser: Browser | BrowserContext, url: string): Promise<OpenPage> {
  const page = await browser.newPage()
  page.setDefaultTimeout(10_000)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    // A favicon is not what these are about.
    if (message.type() === 'error' && !message.location().url?.endsWith('/favicon.ico')) problems.push(message.text())
  })
  await page.goto(url)
  return { page, problems }
}

/** Waits until the text of the first element that matches is, or fits, what is expected. */
export async function waitForText(page: Page, selector: string, expected: string | RegExp): Promise<string> {
  const pattern = typeof expected === 'string' ? expected : expected.source
  const exact = typeof expected === 'string'
  try {
    const handle = await page.waitForFunction(
      (where, what, equal) => {
        const text = document.querySelector(where)?.textContent?.trim() ?? ''
        return (equal ? text === what : new RegExp(what).test(text)) && text
      },
      // Not by animation frames, which a tab in the background does not have.
      { polling: 50 },
      selector,
      pattern,
      exact,
    )
    return String(await handle.jsonValue())
  } catch {
    const found = await page.$eval(selector, (element) => element.textContent).catch(() => 'nothing')
    throw new Error(`${selector} should say ${String(expected)}; it says ${JSON.stringify(found)}.`)
  }
}
