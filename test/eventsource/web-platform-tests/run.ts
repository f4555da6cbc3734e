import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { build } from 'esbuild'
import { launch, type Page } from 'puppeteer-core'
import { findBrowser, howToGet } from '../../support/browsers.mjs'
import { type Report, TestsServer } from './server.js'
import { pagesOf } from './wrappers.js'

/** How one subtest went. */
export interface Outcome {
  /** Its page, and the name of the subtest. */
  readonly name: string
  readonly passed: boolean
  readonly message: string
}

/** By where the EventSource lives. */
export interface Outcomes {
  readonly window: Outcome[]
  readonly worker: Outcome[]
  readonly sharedWorker: Outcome[]
}

function scopeOf(path: string): keyof Outcomes {
  if (path.includes('/shared-worker/')) return 'sharedWorker'
  return /\.worker\.html$|\/dedicated-worker\/[^.]+\.htm$/.test(path) ? 'worker' : 'window'
}

/** So many pages at once: they wait far more than they work. */
const AT_ONCE = 8
/** A page's own timeouts come first. */
const PAGE_TIMEOUT = 30_000
const STATUSES = ['PASS', 'FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED']

/** The script that puts our EventSource in the place of the browser's. */
export async function ours(root: string): Promise<string> {
  const contents = "import { EventSource } from './src/eventsource/index.js'\nglobalThis.EventSource = EventSource"
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  // In a page it stands within an element of its own.
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script')
}

/** Every page of the folder, in real Chromium. */
export async function runTests(checkout: string, implementation: string): Promise<Outcomes> {
  const chromium = findBrowser('chromium')
  if (!chromium) throw new Error(howToGet('chromium'))
  const server = new TestsServer(checkout, implementation)
  const port = await server.start()
  const browser = await launch({
    executablePath: chromium.path,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      // The tests know their server by this name, and others below it.
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  })
  try {
    const files = readdirSync(join(checkout, 'eventsource'), { recursive: true, encoding: 'utf8' })
    const pages = files
      .map((path) => `/eventsource/${path.replaceAll('\\', '/')}`)
      .flatMap(pagesOf)
      .sort()
    const outcomes: Outcomes = { window: [], worker: [], sharedWorker: [] }
    const origin = `http://web-platform.test:${port}`
    const lanes: Promise<void>[] = []
    for (let lane = 0; lane < AT_ONCE; lane++) {
      // In profiles of their own: a server answers few requests of one profile at once.
      const context = await browser.createBrowserContext()
      const tab = await context.newPage()
      const run = async () => {
        for (let path = pages.shift(); path !== undefined; path = pages.shift()) {
          outcomes[scopeOf(path)].push(...(await runPage(tab, server, origin, path)))
        }
      }
      lanes.push(run())
    }
    await Promise.all(lanes)
    return outcomes
  } finally {
    await browser.close()
    await server.stop()
  }
}

async function runPage(tab: Page, server: TestsServer, origin: string, path: string): Promise<Outcome[]> {
  const late = new AbortController()
  try {
    const report = server.reportOf(path)
    // Not until it is loaded: some tests stop that.
    tab.goto(origin + path).catch(() => {})
    const { tests, message } = await Promise.race([report, never(path, late.signal)])
    if (tests.length === 0) return [{ name: path, passed: false, message: message ?? 'no test ran' }]
    // The port is another each time.
    const say = (text: string) => text.replaceAll(origin, 'http://web-platform.test').replace(/:\d{4,5}\b/g, '')
    return tests.map(({ name, status, message }) => ({
      name: `${path} | ${say(name)}`,
      passed: status === 0,
      message: `${STATUSES[status]}: ${say(message ?? '')}`,
    }))
  } catch (error) {
    return [{ name: path, passed: false, message: String(error) }]
  } finally {
    late.abort()
  }
}

async function never(path: string, signal: AbortSignal): Promise<Report> {
  await setTimeout(PAGE_TIMEOUT, undefined, { signal })
  throw new Error(`${path} said nothing for ${PAGE_TIMEOUT} ms`)
}
