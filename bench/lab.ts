import { setTimeout as pause } from 'node:timers/promises'
import type { Browser } from './browser.js'
import type { Built } from './build.js'
import { Desk } from './desk.js'
import type { Entrant } from './entrant.js'
import { expectedChecksum, TICK_BYTES } from './events.js'
import { difference, NO_TIME, type ProcessorTime, readProcessorTime } from './processor.js'
import { isRecord } from './record.js'
import { type ServerProcess, startServer } from './server-process.js'
import type { PageReport, Task } from './task.js'

/** How long the browser must be quiet, in ms, and what of a core it may use then; and how often this is looked at. */
const LOOK = 50
const QUIET = 0.05
const MOST_LOOKS = 60

/** What the exercise cost, or where there was none, the time from connecting to the first event; nothing in a crowd. */
export interface Cost {
  readonly page: ProcessorTime
  readonly server: ProcessorTime
}

/** What came of one page. */
export interface Outcome extends PageReport {
  readonly cost: Cost
}

/** For who looks at a page while it is open. */
export interface Inspector {
  /** Opens it another way. Returns the page's target. */
  open?(url: string): Promise<string>
  /** Before the page begins, and again where its exercise lets the bench pass. */
  gate?(target: string): Promise<void>
  beforeClose?(target: string): Promise<void>
}

/** The servers, each in a process of its own so that none warms up or fills another's heap, and the browser. */
export class Laboratory {
  #servers: ServerProcess[] = []
  #runs = 0
  #checksums = new Map<string, number>()
  readonly entrants: Entrant[] = []
  /** Who is measured only where it is asked for by name. */
  readonly variations: Entrant[] = []
  /** Whether it waits until the whole browser is at rest, where a page is alone; else there is more noise, and half a second less for each page. */
  patient = true

  private constructor(
    readonly browser: Browser,
    readonly desk: Desk,
    /** Holdfast's server, with the page of a tab that shares its connection. */
    readonly sharing: ServerProcess,
  ) {}

  static async open(browser: Browser, { contenders, variations, sharing }: Built): Promise<Laboratory> {
    const laboratory = new Laboratory(browser, await Desk.open(), await startServer(sharing))
    laboratory.#servers.push(laboratory.sharing)
    for (const contender of contenders) laboratory.entrants.push(...(await laboratory.#start(contender)))
    for (const variation of variations) laboratory.variations.push(...(await laboratory.#start(variation)))
    return laboratory
  }

  /** Those with these names, in their order, among all there are. */
  find(names: readonly string[]): Entrant[] {
    const all = [...this.entrants, ...this.variations]
    return names.map((name) => {
      const found = all.find((entrant) => entrant.name === name)
      if (!found) throw new Error(`No contender is called ${name}: ${all.map((each) => each.name).join('; ')}`)
      return found
    })
  }

  /**
   * Runs one page in a fresh profile and closes it.
   *
   * @returns undefined where nothing came within the timeout
   * @throws {Error} where an event was lost, doubled, out of order or not decoded, and what a gate throws
   */
  async run(task: Task, inspector?: Inspector): Promise<Outcome | undefined> {
    const context = await this.browser.createContext()
    try {
      return await this.visit(task, context, inspector)
    } finally {
      await this.browser.disposeContext(context)
    }
  }

  /** As {@link run}, in a profile that stays: the page's next visit finds what this one stored. */
  async visit(task: Task, context: string, inspector: Inspector = {}): Promise<Outcome | undefined> {
    const { entrant, exercise, count, timeout, bytes = TICK_BYTES, crowded = false } = task
    const variant = entrant.name
    const start = await this.ask(entrant, 'prepare', { count, bytes, variant })

    this.#runs += 1
    const { promise, resolve, reject } = Promise.withResolvers<PageReport | undefined>()
    promise.catch(() => {}) // it is awaited below
    let meter: (() => Promise<Cost>) | undefined
    const { address, forget } = this.desk.expect(String(this.#runs), {
      report: (report) => resolve(isReport(report) ? report : undefined),
      fail: reject,
      gate: async () => {
        await inspector.gate?.(await opening)
        if (crowded) return
        if (this.patient) await this.#rest()
        meter = await this.#startMeter(entrant)
      },
    })
    const query = new URLSearchParams({ variant, exercise, count: String(count), start, report: address })
    const url = `http://127.0.0.1:${task.port ?? entrant.port}/bench/page?${query}`
    const opening = inspector.open?.(url) ?? this.browser.open(url, context)
    const target = await opening
    const timer = setTimeout(() => resolve(undefined), timeout)
    const report = await promise.finally(() => {
      clearTimeout(timer)
      forget()
    })
    const cost = (await meter?.()) ?? { page: NO_TIME, server: NO_TIME }
    await inspector.beforeClose?.(target)
    await this.browser.closeTarget(target)
    if (!report) return undefined
    this.#check(task, report)
    return { ...report, cost }
  }

  /** Asks a contender's server for something; returns what it answers. */
  async ask(
    { name, port }: Entrant,
    what: string,
    query: { readonly [name: string]: string | number } = {},
  ): Promise<string> {
    const values = Object.entries(query).map(([key, value]) => [key, String(value)])
    const url = `http://127.0.0.1:${port}/bench/${what}?${new URLSearchParams(values)}`
    const response = await fetch(url, { method: 'POST' })
    const text = await response.text()
    if (!response.ok) throw new Error(`${name}: ${what}: ${text}`)
    return text
  }

  /** When a contender's server published each event of its last steady part, in ms since the epoch. */
  async publishedTimes(entrant: Entrant): Promise<number[]> {
    const times: unknown = JSON.parse(await this.ask(entrant, 'times'))
    if (!Array.isArray(times)) throw new Error(`${entrant.name}: no times`)
    return times.map(Number)
  }

  async close(): Promise<void> {
    this.desk.close()
    await Promise.all(this.#servers.map((server) => server.close()))
  }

  /** A new window draws its frame by a page of its own, which is busy for as long as half a second after ours has loaded. */
  async #rest(): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const processes = await this.browser.processes()
      const before = await readProcessorTime(processes)
      await pause(LOOK)
      const { all } = difference(await readProcessorTime(processes), before)
      if (all < LOOK * QUIET) return
    }
  }

  async #startMeter(entrant: Entrant): Promise<() => Promise<Cost>> {
    const renderers = await this.browser.renderers()
    const read = async () => ({
      page: await readProcessorTime(renderers),
      server: await readProcessorTime([entrant.pid]),
    })
    const before = await read()
    return async () => {
      const after = await read()
      return { page: difference(after.page, before.page), server: difference(after.server, before.server) }
    }
  }

  #check({ entrant, count, bytes = TICK_BYTES }: Task, report: PageReport): void {
    if (report.failure !== undefined) throw new Error(`${entrant.name}: ${report.failure}`)
    if (report.checksum === undefined) return
    const key = `${count} events of ${bytes} bytes`
    const expected = this.#checksums.get(key) ?? expectedChecksum(count, bytes)
    this.#checksums.set(key, expected)
    if (report.checksum !== expected) throw new Error(`${entrant.name}: the checksum of ${key} is wrong`)
  }

  async #start(hostModule: string): Promise<Entrant[]> {
    const server = await startServer(hostModule)
    this.#servers.push(server)
    const { port, pid } = server
    return Object.entries(server.variants).map(([name, carrier]) => ({ name, carrier, port, pid }))
  }
}

function isReport(report: unknown): report is PageReport {
  return isRecord(report) && typeof report.first === 'number' && Array.isArray(report.times)
}
