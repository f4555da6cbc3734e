import { setTimeout as sleep } from 'node:timers/promises'
import { Middlebox } from '../support/middlebox.js'
import type { Random } from '../support/simulation/random.js'
import type { Browser } from './browsers.js'
import type { Programs } from './bundle.js'
import { Cluster } from './cluster.js'
import type { Desk } from './desk.js'
import type { Order, PageSettings, Report } from './page/messages.js'
import { Publisher, topics } from './publisher.js'
import type { Handled, WorldRecord } from './record.js'
import type { FromServer } from './server/messages.js'
import type { ServerProcess } from './servers.js'
import type { WorldSettings } from './settings.js'
import { Tab } from './tab.js'

/** ms within which a browser must have loaded a page: a busy one forgets one in thousands. */
const LOADING = 20_000

/** ms within which every page must be back after a fault was healed. */
const PATIENCE = 60_000

/** What all worlds have in common. */
export interface Surroundings {
  readonly desk: Desk
  readonly browser: Browser
  readonly programs: Programs
}

/** Servers of its own, a middlebox before them, tabs, and a record of all that happens. */
export class World {
  readonly name: string
  readonly settings: WorldSettings
  readonly record: WorldRecord
  readonly publisher: Publisher
  readonly surroundings: Surroundings
  tabs: Tab[] = []
  box: Middlebox
  readonly cluster: Cluster
  #tabs = 0

  constructor(seed: number, number: number, settings: WorldSettings, surroundings: Surroundings, random: Random) {
    this.name = `world${number}`
    this.settings = settings
    this.surroundings = surroundings
    this.cluster = new Cluster(surroundings.programs, settings, this.#hear)
    this.publisher = new Publisher(random, settings.rate, () => this.cluster.pick(random))
    this.box = new Middlebox('http://127.0.0.1:1')
    const { published } = this.publisher
    const nothing = { handled: [], visits: [], faults: [], troubles: [], failures: [] }
    this.record = { seed, world: number, engine: settings.engine, settings, published, ...nothing }
  }

  async open(): Promise<void> {
    await this.cluster.open()
    this.box = new Middlebox(this.cluster.url)
    await this.box.up()
    const { tabs } = this.settings
    for (let count = 0; count < tabs; count++) await this.openTab()
    this.publisher.start()
  }

  readonly #hear = (message: FromServer, { instance }: ServerProcess) => {
    if (message.kind === 'acknowledged') this.publisher.acknowledged(message.number, message.id)
    if (message.kind === 'failed') this.publisher.failed(message.number)
    if (message.kind === 'trouble') this.record.troubles.push(`server ${instance}: ${message.why}`)
    if (message.kind !== 'handled') return
    const handled: Handled = { ...message.said, transport: message.transport, server: instance, at: Date.now() }
    this.record.handled.push(handled)
  }

  /* ------------------------------------------------------------------ tabs */

  /** Opens a tab, and waits until its page is connected. */
  async openTab(): Promise<void> {
    const { desk, browser } = this.surroundings
    const { transports, shared, guarded, reconnect, sendEvery, sameOrigin, hidden, wait } = this.settings
    const name = `${this.name}.tab${++this.#tabs}`
    const topic = topics[this.#tabs % (topics.length + 1)]
    const tab = new Tab(name, topic === undefined ? [] : [topic])
    desk.clients.set(name, {
      report: (report) => this.#take(tab, report),
      token: () => this.cluster.token,
    })
    const live = `${this.box.url}/live`
    const page: PageSettings = {
      desk: desk.url,
      tab: name,
      live,
      transports,
      topics: tab.topics,
      shared,
      guarded,
      ...(reconnect && { reconnect }),
      ...(wait !== undefined && { wait }),
      sendEvery,
    }
    const home = sameOrigin ? this.box.url : this.cluster.url
    const address = `${home}/?settings=${encodeURIComponent(JSON.stringify(page))}`
    tab.window = await browser.open(address)
    if (!(await tab.until(() => tab.visit !== undefined, LOADING))) {
      // Not a line of ours has run.
      this.record.troubles.push(`${name}: the browser did not load the page within ${LOADING} ms`)
      await closeWindow(tab)
      tab.window = await browser.open(address)
    }
    if (hidden) await tab.window.chromium?.hide(true)
    this.tabs.push(tab)
    const open = () => tab.visit?.items.some((item) => item.kind === 'open') === true
    if (!(await tab.until(open, PATIENCE))) await this.#fail(tab, 'was never open')
  }

  /** It is gone, as far as the record goes. */
  forget(tab: Tab, how: string): void {
    this.tabs = this.tabs.filter((other) => other !== tab)
    this.surroundings.desk.clients.delete(tab.name)
    if (tab.visit) tab.visit.over ??= how
  }

  async closeTab(tab: Tab): Promise<void> {
    this.forget(tab, 'closed')
    await closeWindow(tab)
  }

  order(tab: Tab, order: Order): void {
    tab.orders.push(order)
  }

  #take(tab: Tab, report: Report): Order[] {
    const before = tab.visit
    const repeated = tab.report(report)
    if (tab.visit && tab.visit !== before) this.record.visits.push(tab.visit)
    tab.check()
    return tab.take(repeated)
  }

  /* ------------------------------------------------------------------ what must come true */

  /** Waits until every tab has heard something that is published from now on. */
  async recover(): Promise<void> {
    const since = Date.now()
    const asking = setInterval(() => this.publisher.publish({ report: true }), 300)
    this.publisher.publish({ report: true })
    await Promise.all(
      this.tabs.map(async (tab) => {
        if (!(await tab.until(() => this.heardSince(tab, since), PATIENCE)))
          await this.#fail(tab, `heard nothing for ${PATIENCE / 1000} s after all was well again`)
      }),
    ).finally(() => clearInterval(asking))
  }

  heardSince(tab: Tab, since: number): boolean {
    const last = tab.visit?.items.findLast((item) => item.kind === 'number')
    return last?.kind === 'number' && (this.record.published[last.number - 1]?.at ?? 0) >= since
  }

  async #fail(tab: Tab, what: string): Promise<never> {
    this.order(tab, { order: 'explain' })
    await tab.until(() => tab.visit?.explained !== undefined, 5000)
    const state = tab.visit?.items.findLast((item) => item.kind === 'state')
    const failure = `${tab.name} ${what}: ${JSON.stringify(state)}\n${tab.visit?.explained ?? '(it says nothing any more)'}`
    this.record.failures.push(failure)
    throw new WorldFailure(failure)
  }

  /** Everything that was sent is settled, and everything that was published is heard. */
  async settle(): Promise<void> {
    for (const tab of this.tabs) this.order(tab, { order: 'stop sending' })
    // The timers of a hidden page fire once a minute: it reports, and hears what it is to do, by what it is asked.
    const asking = setInterval(() => this.publisher.publish({ report: true }), 300)
    try {
      for (const tab of this.tabs) {
        const settled = () => tab.silent && tab.visit?.sent.every((sent) => sent.outcome !== undefined) === true
        if (!(await tab.until(settled, PATIENCE))) await this.#fail(tab, 'has messages that were never settled')
      }
    } finally {
      clearInterval(asking)
    }
    this.publisher.stop()
    // What another process stores later would stand behind the last one.
    for (let asked = 0; asked < 100 && this.publisher.pending(this.cluster.running); asked++) await sleep(100)
    const last = this.publisher.publish({ report: true })
    for (const tab of this.tabs) {
      const heard = () => tab.visit?.items.some((item) => item.kind === 'number' && item.number === last) === true
      if (!(await tab.until(heard, PATIENCE))) await this.#fail(tab, 'never heard the last event')
    }
  }

  async close(): Promise<void> {
    this.publisher.stop()
    await Promise.all(this.tabs.map(closeWindow))
    for (const tab of this.tabs) this.surroundings.desk.clients.delete(tab.name)
    await this.box.close()
    await this.cluster.close()
  }
}

/** A world came to a state from which it does not go on. The record holds why. */
export class WorldFailure extends Error {}

/** A browser may wait for ever for a page that crashed. */
async function closeWindow({ window }: Tab): Promise<void> {
  await Promise.race([window?.close().catch(() => {}), sleep(5000)])
}
