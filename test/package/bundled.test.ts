import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { launchChromium, openPage, waitForText } from '../examples/open-page.js'
import { bundlers } from './bundlers.js'
import { dependencies, entries, type Packed, pack, peers, reachOf } from './packed.js'
import { root } from './source-graph.js'

// The package as npm would publish it, in the hands of each bundler, and what comes of it in real Chromium, under a policy
// that allows files of its own server and nothing else: no inline code, no eval.

const app = `import { connect } from 'holdfast'
const live = connect('/live')
live.on('tick', ({ data }) => { document.querySelector('#tick').textContent = data })
const reply = await live.send('hello', 'page')
document.querySelector('#reply').textContent = reply
`
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'"

const isForNode = (script: string) =>
  [...reachOf(root, script).outside].some((name) => /^(node:|ws$|redis$)/.test(name))
/** `holdfast/server/redis` as a file's name. */
const fileOf = (name: string) => name.replaceAll('/', '-')
const forPages = entries.filter(({ script }) => !isForNode(script))
/** Rollup alone reads no CommonJS, as React is. */
const pagesOf = (bundler: string) =>
  forPages.filter(
    ({ script }) => bundler !== 'rollup' || !peers.some((peer) => reachOf(root, script).outside.has(peer)),
  )
const forNode = entries.filter(({ script }) => isForNode(script))

let packed: Packed
let browser: Browser
beforeAll(async () => {
  packed = pack()
  packed.link(...dependencies, ...peers)
  writeFileSync(join(packed.folder, 'app.js'), app)
  for (const { name } of forPages) {
    const code = `import * as all from '${name}'\ndocument.querySelector('#reply').textContent = Object.keys(all).sort().join(' ')\n`
    writeFileSync(join(packed.folder, `${fileOf(name)}.js`), code)
  }
  for (const { name } of forNode) {
    const code = `import * as all from '${name}'\nconsole.log(Object.keys(all).sort().join(' '))\n`
    writeFileSync(join(packed.folder, `${fileOf(name)}.js`), code)
  }
  names = Object.fromEntries(entries.map(({ name }) => [name, exportsOf(name)]))
  browser = await launchChromium()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  packed?.remove()
})

/** What Node finds in each entry, by its name. */
let names: Record<string, string>
const exportsOf = (name: string) =>
  packed.run(`import * as all from '${name}'; console.log(Object.keys(all).sort().join(' '))`)

/** Serves what was built, and a hub. */
async function serve(folder: string): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname
    response.setHeader('content-security-policy', policy)
    if (path.startsWith('/page/')) {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<!doctype html><p id="tick"></p><p id="reply"></p><script type="module" src="/${path.slice(6)}.js"></script>`,
      )
      return
    }
    response.setHeader('content-type', 'text/javascript')
    try {
      response.end(readFileSync(join(folder, path)))
    } catch {
      response.writeHead(404).end()
    }
  })
  const { createHub }: typeof import('holdfast/server') = await import(
    pathToFileURL(join(packed.unpacked, 'dist/server/index.js')).href
  )
  const hub = createHub()
  hub.attach(server, { path: '/live' })
  hub.onMessage(async ({ data }) => {
    await hub.publish('tick', `a tick for the ${data}`)
    return `hello, ${data}`
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async close() {
      await hub.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

describe.each(Object.entries(bundlers))('%s', (bundler, bundle) => {
  test('builds a page of five lines, and a page of each entry; they run in Chromium, under a strict policy', async () => {
    const out = join(packed.folder, `out-${bundler}`)
    const pages = pagesOf(bundler)
    const modules = ['app', ...pages.map(({ name }) => fileOf(name))]
    await bundle({ folder: packed.folder, names: modules, out, for: 'browser', external: [] })
    const { url, close } = await serve(out)
    onTestFinished(close)
    const { page, problems } = await openPage(browser, `${url}/page/app`)
    onTestFinished(() => page.close())
    await waitForText(page, '#reply', 'hello, page')
    await waitForText(page, '#tick', 'a tick for the page')
    for (const { name } of pages) {
      await page.goto(`${url}/page/${fileOf(name)}`)
      await waitForText(page, '#reply', names[name] ?? '')
    }
    expect(problems).toEqual([])
  }, 60_000)

  test('builds programs for Node', async () => {
    const out = join(packed.folder, `out-${bundler}-node`)
    const modules = forNode.map(({ name }) => fileOf(name))
    await bundle({ folder: packed.folder, names: modules, out, for: 'node', external: peers })
    writeFileSync(join(out, 'package.json'), '{"type":"module"}')
    for (const { name } of forNode) {
      const file = join(out, `${fileOf(name)}.js`)
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim()).toBe(names[name] ?? '')
    }
  }, 60_000)
})
