import { firefox } from 'playwright-core'
import { launch as launchPuppeteer, type Page } from 'puppeteer-core'
import { launchWebKit } from '../browser/setup/webkit-driver.js'
import { type BrowserName, browserNames, findBrowser, howToGet, skippedBrowsers } from '../support/browsers.mjs'
import { startNameProxy } from './name-proxy.js'

// vitest's browser mode cannot leave its own page: here a test in Node steers a browser from outside.

/** A host of this machine that is no secure context: every browser here finds it at 127.0.0.1, whatever the port. */
export const insecureHost = 'app.test'

export interface Tab {
  goto(url: string): Promise<unknown>
  /** Goes back in the tab's history. */
  back(): Promise<unknown>
  /** Runs a JavaScript expression in the page and hands back what it resolves to. */
  evaluate(expression: string): Promise<unknown>
  close(): Promise<unknown>
}

export interface Engine<Kind extends Tab = Tab> {
  newTab(): Promise<Kind>
  close(): Promise<unknown>
}

/** The engines that are to be tested. */
export const engineNames = browserNames.filter((name) => !skippedBrowsers().includes(name))

function pathOf(name: BrowserName): { path: string; own: boolean } {
  const found = findBrowser(name)
  if (found === undefined) throw new Error(howToGet(name))
  return found
}

export interface ChromiumTab extends Tab {
  /** Brings the tab to the front; all others are hidden then. */
  show(): Promise<void>
  setLifecycle(state: 'frozen' | 'active'): Promise<void>
  /** Crashes the page's renderer. The tab is of no use from then on. */
  crash(): void
}

export type Chromium = Engine<ChromiumTab>

// By these, test tools keep tabs in the background awake, and pages out of the back/forward cache.
const unlikeUsers = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-back-forward-cache',
]

/** Chromium by Puppeteer: Playwright makes every page believe that it is visible, and freezes none. */
export async function launchChromium(...args: string[]): Promise<Chromium> {
  const browser = await launchPuppeteer({
    executablePath: pathOf('chromium').path,
    headless: true,
    ignoreDefaultArgs: unlikeUsers,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      // A renderer that waits for a page would be taken for the renderer of that page.
      '--disable-features=SpareRendererForSitePerProcess',
      `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`,
      ...args,
    ],
  })
  const tab = async (page: Page): Promise<ChromiumTab> => {
    const session = await page.createCDPSession()
    return {
      ...tabOf(page),
      show: () => page.bringToFront(),
      async setLifecycle(state) {
        await session.send('Page.setWebLifecycleState', { state })
      },
      crash() {
        // Nobody is left to answer.
        session.send('Page.crash').catch(() => {})
      },
    }
  }
  return { newTab: async () => tab(await browser.newPage()), close: () => browser.close() }
}

function tabOf(page: Page): Tab {
  return {
    goto: (url) => page.goto(url),
    // A page from the cache loads nothing, for which Puppeteer waits at times.
    back: () => page.evaluate('history.back()'),
    evaluate: (expression) => page.evaluate(expression),
    close: () => page.close(),
  }
}

const firefoxPreferences = {
  'network.dns.localDomains': insecureHost,
  // A process of its own for every tab, and none that waits for a tab.
  'dom.ipc.processCount': 100,
  'dom.ipc.processCount.webIsolated': 100,
  'dom.ipc.processPrelaunch.enabled': false,
}

async function launchFirefox(): Promise<Engine> {
  const { path, own } = pathOf('firefox')
  // The system's Firefox is steered by WebDriver BiDi; only Playwright's own build understands its older way.
  const browser = await firefox.launch({
    executablePath: path,
    ...(!own && { channel: 'moz-firefox' }),
    firefoxUserPrefs: firefoxPreferences,
  })
  const context = await browser.newContext()
  return {
    async newTab() {
      const page = await context.newPage()
      return {
        goto: (url) => page.goto(url),
        back: () => page.goBack({ waitUntil: 'commit' }),
        evaluate: (expression) => page.evaluate(expression),
        close: () => page.close(),
      }
    },
    close: () => browser.close(),
  }
}

/** Firefox by Puppeteer: Playwright tells the system's Firefox to end with the first tab that crashes. */
async function launchRobustFirefox(): Promise<Engine> {
  const { path, own } = pathOf('firefox')
  if (own) return launchFirefox()
  const browser = await launchPuppeteer({
    browser: 'firefox',
    executablePath: path,
    headless: true,
    extraPrefsFirefox: firefoxPreferences,
  })
  return { newTab: async () => tabOf(await browser.newPage()), close: () => browser.close() }
}

async function launchWebKitEngine(): Promise<Engine> {
  const proxy = await startNameProxy()
  const browser = await launchWebKit({
    proxy: { proxyType: 'manual', httpProxy: proxy.address, noProxy: ['127.0.0.1'] },
  })
  // The first window stays, or closing a tab would end the session.
  await browser.newTab()
  return {
    async newTab() {
      const tab = await browser.newTab()
      return { ...tab, evaluate: (expression) => tab.evaluate(`async () => (${expression})`) }
    },
    async close() {
      await browser.close()
      await proxy.close()
    },
  }
}

export const engines: Record<BrowserName, () => Promise<Engine>> = {
  chromium: () => launchChromium(),
  firefox: launchFirefox,
  webkit: launchWebKitEngine,
}

/** Engines that survive what becomes of a tab. */
export const robustEngines = { ...engines, firefox: launchRobustFirefox }
