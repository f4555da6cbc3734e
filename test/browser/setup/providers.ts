import { defineBrowserProvider } from '@vitest/browser'
import { playwright } from '@vitest/browser-playwright'
import type { BrowserProviderOption } from 'vitest/node'
import { type BrowserName, findBrowser } from '../../support/browsers.mjs'
import { launchWebKit, type WebKit, type WebKitTab } from './webkit-driver.js'

// A missing browser is no matter of the configuration: `vitest --project unit` runs without any. Where one is missing,
// Playwright or launchWebKit says so when it is started; test/run.mjs has installed it before.

const quietChromium = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function chromium(): BrowserProviderOption {
  const path = findBrowser('chromium')?.path
  const args = ['--no-sandbox', '--disable-gpu', ...quietChromium]
  return playwright({ launchOptions: { ...(path !== undefined && { executablePath: path }), args } })
}

function firefox(): BrowserProviderOption {
  const found = findBrowser('firefox')
  // The system's Firefox is steered by WebDriver BiDi; only Playwright's own build understands its older way.
  const system = found !== undefined && !found.own && { channel: 'moz-firefox', executablePath: found.path }
  return playwright({ launchOptions: { ...system } })
}

function webkit(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'webkitgtk',
    supportedBrowser: ['webkit'],
    options: {},
    providerFactory(project) {
      // The one command of Playwright's that the runner itself calls.
      project.browser?.registerCommand('__vitest_viewport', async () => {})
      let browser: Promise<WebKit> | undefined
      let page: WebKitTab | undefined
      return {
        name: 'webkitgtk',
        supportsParallelism: false,
        initScripts: [],
        getCommandsContext: () => ({ webkit: browser }),
        async openPage(_session, url) {
          browser ??= launchWebKit()
          page ??= await (await browser).newTab()
          await page.goto(url)
        },
        async close() {
          await (await browser)?.close()
          browser = page = undefined
        },
      }
    },
  })
}

export const providers: Record<BrowserName, () => BrowserProviderOption> = { chromium, firefox, webkit }
