import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { json } from 'node:stream/consumers'
import { type Answer, type Ask, handlers, substitute } from './handlers.js'
import { wrapperOf } from './wrappers.js'

/** How a page ended. */
export interface Report {
  message: string | null
  tests: { name: string; status: number; message: string | null }[]
}

/** With which a page says it. */
const REPORT = `add_completion_callback((tests, { message }) => {
  const report = { message, tests: tests.map(({ name, status, message }) => ({ name, status, message })) }
  fetch('/report?page=' + location.pathname, { method: 'POST', body: JSON.stringify(report) })
})`

const types: Record<string, string> = {
  '.htm': 'text/html',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.event_stream': 'text/event-stream',
}

/** Serves the tests as their own server does: files, templates, what Python answers, and pages around scripts. */
export class TestsServer {
  readonly #checkout: string
  readonly #implementation: string
  readonly #pages = new Map<string, (report: Report) => void>()
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error) => response.writeHead(500).end(String(error)))
  })

  /**
   * @param checkout where web-platform-tests lie
   * @param implementation a script that runs first in every page and worker
   */
  constructor(checkout: string, implementation: string) {
    this.#checkout = checkout
    this.#implementation = implementation
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return address.port
  }

  /** Resolves with what the page says at its end. */
  reportOf(path: string): Promise<Report> {
    return new Promise((resolve) => this.#pages.set(path, resolve))
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://web-platform.test')
    const { method, headers } = request
    if (pathname === '/report') {
      this.#pages.get(searchParams.get('page') ?? '')?.((await json(request)) as Report)
      return response.end()
    }
    const ask: Ask = { method, query: searchParams, headers, checkout: this.#checkout }
    const handler = handlers[pathname]
    if (handler) return send(response, handler(ask))
    const text = this.#textOf(pathname, ask)
    if (text === undefined) return send(response, { status: 404, headers: [], body: `${pathname}: not found` })
    const type = types[extname(pathname)] ?? 'text/plain'
    return send(response, { headers: [['content-type', type]], body: this.#withImplementation(pathname, text) })
  }

  #textOf(path: string, ask: Ask): string | undefined {
    if (path === '/resources/testharnessreport.js') return REPORT
    const file = join(this.#checkout, normalize(decodeURIComponent(path)))
    if (existsSync(file)) return ask.query.get('pipe') === 'sub' ? substitute(ask, path) : readFileSync(file, 'utf8')
    return wrapperOf(path, (script) => {
      const file = join(this.#checkout, script)
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined
    })
  }

  /** A page gets it as its first script; a worker's script begins with it. */
  #withImplementation(path: string, text: string): string {
    if (/\.html?$/.test(path))
      return text.replace(/^(\s*<!doctype html>)?/i, `$1<script>${this.#implementation}</script>`)
    const isWorker = /^\/eventsource\/(dedicated|shared)-worker\/|\.worker\.js$/.test(path)
    return isWorker ? `${this.#implementation};\n${text}` : text
  }
}

async function send(response: ServerResponse, { status = 200, headers, body = '', delay = 0, every }: Answer) {
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  if (response.destroyed) return
  for (const [name, value] of headers) response.appendHeader(name, value)
  response.writeHead(status)
  if (every === undefined) return response.end(body)
  const timer = setInterval(() => response.write(body), every)
  response.on('close', () => clearInterval(timer))
  response.write(body)
}
