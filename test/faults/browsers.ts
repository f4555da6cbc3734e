import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { launch as launchPuppeteer } from 'puppeteer-core'
import { launchWebKit } from '../browser/setup/webkit-driver.js'
import { pageProcesses } from '../lifecycle/sharing/processes.js'
import { type BrowserName, findBrowser, howToGet } from '../support/browsers.mjs'
import { launchFirefox } from './firefox.js'

// A browser with many windows, of which each world has some. Pages are told by the desk what to do; what only the browser
// can do to them is here.

export interface Window {
  /** The process that runs its page; undefined where it runs others too, is gone, or nobody knows. */
  readonly process: number | undefined
  close(): Promise<void>
  /** Chromium alone. */
  readonly chromium?: {
    crash(): void
    /** Hidden: as where another window covers it. */
    hide(hidden: boolean): Promise<void>
    freeze(frozen: boolean): Promise<void>
  }
}

export interface Browser {
  readonly name: BrowserName
  /** Opens a page in a window of its own, so that it is visible. */
  open(url: string): Promise<Window>
  /** Whether it is still there: browsers crash too. */
  alive(): Promise<boolean>
  close(): Promise<void>
}

type Opened = Omit<Window, 'process'>

/** When a process began, in ticks since the machine did; undefined where there is none. */
function startOf(id: number | undefined): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

const queues = new Map<BrowserName, Promise<unknown>>()

/** One after the other, in all browsers of the name: so a process that is new is that of the window which is being opened. */
function oneByOne(name: BrowserName, open: (url: string) => Promise<Opened>): (url: string) => Promise<Window> {
  return (url) => {
    const run = async () => {
      const before = new Set(pageProcesses(name))
      const window = await open(url)
      const added = pageProcesses(name).filter((id) => !before.has(id))
      const [id] = added.length === 1 ? added : []
      const born = startOf(id)
      return {
        ...window,
        // Numbers are given again: it may be anybody's by now.
        get process() {
          return born !== undefined && startOf(id) === born ? id : undefined
        },
      }
    }
    const opened = (queues.get(name) ?? Promise.resolve()).then(run, run)
    queues.set(name, opened)
    return opened
  }
}

function pathOf(name: BrowserName): string {
  const found = findBrowser(name)
  if (found === undefined) throw new Error(howToGet(name))
  return found.path
}

// By these, test tools keep pages in the background awake, and out of the back/forward cache.
const unlikeUsers = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-back-forward-cache',
]

async function launchChromium(): Promise<Browser> {
  const browser = await launchPuppeteer({
    executablePath: pathOf('chromium'),
    headless: true,
    ignoreDefaultArgs: unlikeUsers,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      // A renderer that waits for a page would be taken for the renderer of that page.
      '--disable-features=SpareRendererForSitePerProcess',
      // Each page has a process of its own, however many there are.
      '--renderer-process-limit=200',
    ],
  })
  // Puppeteer's own pages watch the network, which makes receiving slower: these are nobody's.
  const session = await browser.target().createCDPSession()
  const open = async (url: string): Promise<Opened> => {
    const { targetId } = await session.send('Target.createTarget', { url, newWindow: true })
    const { windowId } = await session.send('Browser.getWindowForTarget', { targetId })
    const command = async (method: string, parameters: object) => {
      const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
      const message = JSON.stringify({ id: 1, method, params: parameters })
      await session.send('Target.sendMessageToTarget', { sessionId, message })
    }
    return {
      async close() {
        await session.send('Target.closeTarget', { targetId })
      },
      chromium: {
        crash: () => void command('Page.crash', {}).catch(() => {}),
        hide: async (hidden) => {
          const windowState = hidden ? 'minimized' : 'normal'
          await session.send('Browser.setWindowBounds', { windowId, bounds: { windowState } })
        },
        freeze: (frozen) => command('Page.setWebLifecycleState', { state: frozen ? 'frozen' : 'active' }),
      },
    }
  }
  return {
    name: 'chromium',
    open: oneByOne('chromium', open),
    alive: async () => browser.connected,
    close: () => browser.close(),
  }
}

async function launchFirefoxWindows(): Promise<Browser> {
  const browser = await launchFirefox(pathOf('firefox'), {
    // A process of its own for every page, and none that waits for one.
    'dom.ipc.processCount': 200,
    'dom.ipc.processCount.webIsolated': 200,
    'dom.ipc.processPrelaunch.enabled': false,
  })
  const open = async (url: string): Promise<Opened> => {
    const window = await browser.open(url)
    return { close: () => browser.closeWindow(window) }
  }
  return {
    name: 'firefox',
    open: oneByOne('firefox', open),
    alive: async () => browser.alive,
    close: () => browser.close(),
  }
}

async function launchWebKitWindows(): Promise<Browser> {
  const browser = await launchWebKit()
  // The first window stays, or closing another would end the session.
  const first = await browser.newTab()
  const open = async (url: string): Promise<Opened> => {
    const tab = await browser.newTab()
    await tab.goto(url)
    return {
      async close() {
        await tab.close()
      },
    }
  }
  return {
    name: 'webkit',
    open: oneByOne('webkit', open),
    alive: async () => (await Promise.race([first.evaluate('async () => 1').catch(() => 0), sleep(20_000)])) === 1,
    close: () => browser.close(),
  }
}

export const launchers: Record<BrowserName, () => Promise<Browser>> = {
  chromium: launchChromium,
  firefox: launchFirefoxWindows,
  webkit: launchWebKitWindows,
}
