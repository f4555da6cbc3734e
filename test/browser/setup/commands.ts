import type { BrowserCommand, BrowserCommandContext } from 'vitest/node'
import { type Makers, makers } from '../../support/makers.js'
import type { WebKit } from './webkit-driver.js'

// What a test in a browser asks of Node: servers, middleboxes, and more tabs of the same browser. remote.ts is
// the other half of `create` and `call`.

interface Tab {
  evaluate(source: string): Promise<unknown>
  close(): Promise<unknown>
}

interface Closable {
  readonly url: string
  close(): unknown
}

declare module 'vitest/internal/browser' {
  interface BrowserCommands {
    create(kind: keyof Makers, ...args: unknown[]): Promise<{ id: number; url: string }>
    call(id: number, method: string, ...args: unknown[]): Promise<unknown>
    /** Another tab of the same browser; all that it shares with this one is shared. */
    openTab(url: string): Promise<number>
    /** Runs a JavaScript expression in that tab and hands back what it resolves to. */
    evaluateInTab(id: number, expression: string): Promise<unknown>
    closeTab(id: number): Promise<void>
    __vitest_viewport(): Promise<void>
  }
}

// One number for all of a run: an id is never given twice, so a late call can only miss.
let last = 0
const objects = new Map<number, Closable>()
const tabs = new Map<number, Tab>()

function numbered<Value>(map: Map<number, Value>, value: Value): number {
  last++
  map.set(last, value)
  return last
}

function numberedAs<Value>(map: Map<number, Value>, id: number): Value {
  const value = map.get(id)
  if (value === undefined) throw new Error(`There is no number ${id} any more`)
  return value
}

async function newTab(context: BrowserCommandContext, url: string): Promise<Tab> {
  // Playwright's provider gives its context, ours gives the browser.
  const { context: playwright, webkit } = context as BrowserCommandContext & {
    context?: { newPage(): Promise<Tab & { goto(url: string): Promise<unknown> }> }
    webkit?: Promise<WebKit>
  }
  const page = webkit ? await (await webkit).newTab() : await playwright?.newPage()
  if (page === undefined) throw new Error('This browser cannot open tabs')
  await page.goto(url)
  // WebDriver takes a function, Playwright an expression.
  return webkit ? { ...page, evaluate: (source) => page.evaluate(`async () => (${source})`) } : page
}

export const commands: Record<string, BrowserCommand<never[]>> = {
  async create(_context, kind: keyof Makers, ...args: never[]) {
    const maker: (...args: never[]) => Promise<Closable> = makers[kind]
    const object = await maker(...args)
    return { id: numbered(objects, object), url: object.url }
  },
  async call(_context, id: number, method: string, ...args: never[]) {
    const object = numberedAs(objects, id)
    const result = await Reflect.get(object, method).apply(object, args)
    if (method === 'close') objects.delete(id)
    return result
  },
  async openTab(context, url: string) {
    return numbered(tabs, await newTab(context, url))
  },
  async evaluateInTab(_context, id: number, expression: string) {
    return numberedAs(tabs, id).evaluate(expression)
  },
  async closeTab(_context, id: number) {
    await numberedAs(tabs, id).close()
    tabs.delete(id)
  },
}
