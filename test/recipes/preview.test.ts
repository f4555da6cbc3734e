import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium, openPage, waitForText } from '../examples/open-page.js'
import { root } from '../package/source-graph.js'

// The preview page of docs/unit-testing.md, in real Chromium: the same handlers, by msw's service worker.
const folder = join(root, 'examples/unit-tests/preview')
let server: Server
let browser: Browser
let url: string

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.js')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // The project has not installed anything: recipes.test.ts holds that it could.
    alias: { 'holdfast/testing': join(root, 'dist/testing/index.js'), holdfast: join(root, 'dist/index.js') },
  })
  const files: Record<string, [type: string, body: string | Uint8Array]> = {
    '/': ['text/html', readFileSync(join(folder, 'index.html'))],
    '/main.js': ['text/javascript', outputFiles[0]?.contents ?? ''],
    // What `msw init` copies.
    '/mockServiceWorker.js': ['text/javascript', readFileSync(join(root, 'node_modules/msw/lib/mockServiceWorker.js'))],
  }
  server = createServer(({ url: path = '' }, response) => {
    const [type, body] = files[path] ?? ['text/plain', '']
    response.writeHead(path in files || path === '/favicon.ico' ? 200 : 404, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  browser = await launchChromium()
}, 30_000)
afterAll(async () => {
  await browser?.close()
  server?.close()
})

test('a page talks to the mocked server over each transport, and the server knows when it leaves', async () => {
  const { page, problems } = await openPage(browser, url)
  await waitForText(page, 'main', /^live by websocket.*X \d+Buy/)
  await waitForText(page, 'output', 'websocket')

  await page.click('[data-fault=websocket]')
  await waitForText(page, 'main', /^live by sse.*X \d+Buy/)
  await waitForText(page, 'output', 'sse')
  await page.click('main button')
  await waitForText(page, 'main > :last-child', 'bought X')

  await page.click('[data-fault=sse]')
  await waitForText(page, 'main', /^live by long-poll.*X \d+Buy/)

  await page.click('[data-fault=down]')
  await waitForText(page, 'main', /^reconnecting/)
  await waitForText(page, 'output', 'nobody')
  await page.click('[data-fault=nothing]')
  await page.click('[data-fault=up]')
  await waitForText(page, 'main', /^live by/)
  expect(await page.$eval('main > :nth-child(2)', (element) => element.hasAttribute('hidden'))).toBe(true)
  // What is refused is a network error to the browser, which its console tells.
  expect(problems.filter((problem) => !/Failed to load resource|net::ERR_FAILED/.test(problem))).toEqual([])
  await page.close()
}, 60_000)
