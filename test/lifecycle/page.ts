import { onTestFinished } from 'vitest'
import { local } from '../flow/local.js'
import type { TransportName } from '../flow/scenarios/recorder.js'
import type { Middlebox } from '../support/middlebox.js'
import type { Remote } from '../support/remote.js'
import type { TestServer } from '../support/server.js'
import type { Engine, Tab } from './engines.js'

/** What test/browser/pages/lifecycle.js writes down. Times in ms. */
export interface Diary {
  numbers: number[]
  gaps: unknown[]
  /** The page's own life, in order: pageshow, pageshow from the cache, freeze, resume, online. */
  events: string[]
  /** From the last of them until the connection was open again. */
  openedAgain?: number
}

export interface LivePage<Kind extends Tab = Tab> {
  readonly server: Remote<TestServer>
  /** Stands between the page and its server. */
  readonly box: Remote<Middlebox>
  readonly tab: Kind
  readonly elsewhere: string
  diary(): Promise<Diary>
  /** The same page in one more tab, with a connection of its own. */
  again(): Promise<LivePage<Kind>>
}

export interface LivePageOptions {
  /** The page is served by another origin than its stream. */
  crossOrigin?: boolean
  options?: object
}

/** A page in a tab of its own, with an open connection to a server behind a middlebox. */
export async function openLivePage<Kind extends Tab>(
  engine: Engine<Kind>,
  transport: TransportName,
  { crossOrigin = false, options = {} }: LivePageOptions = {},
): Promise<LivePage<Kind>> {
  const server = await local('server', { pages: true })
  const box = await local('middlebox', server.url)
  const home = crossOrigin ? (await local('pages')).url : box.url
  const open = async (): Promise<LivePage<Kind>> => {
    const tab = await engine.newTab()
    onTestFinished(async () => {
      // It may be closed already: that is what some tests are about.
      await tab.close().catch(() => {})
    })
    await tab.goto(`${home}/lifecycle.html`)
    await tab.evaluate(`begin(${[transport, `${box.url}/live`, options].map((value) => JSON.stringify(value)).join()})`)
    return {
      server,
      box,
      tab,
      elsewhere: `${home}/elsewhere.html`,
      diary: async () => (await tab.evaluate('diary')) as Diary,
      again: open,
    }
  }
  return open()
}
