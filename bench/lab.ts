import type { Browser } from './browser.js'
import type { Built } from './build.js'
import type { Carrier } from './contract.js'
import { Desk } from './desk.js'
import { expectedChecksum } from './events.js'
import type { PageReport } from './page.js'
import { difference, NO_TIME, type ProcessorTime, readProcessorTime } from './processor.js'
import { isRecord } from './record.js'
import { type ServerProcess, startServer } from './server-process.js'

/** One way of one contender, ready to be measured. */
export interface Entrant {
  readonly name: string
  readonly carrier: Carrier
  readonly port: number
  /** The server's process. */
  readonly pid: number
}

/** What one page is to do. */
export interface Task {
  readonly entrant: Entrant
  /** How many events the burst has; 0 where only the first event is awaited. */
  readonly count: number
  /** Where the page finds the server; the server itself by default. */
  readonly port?: number
  /** How long to wait for the page's report, in ms. */
  readonly timeout: number
}

/** What the burst cost, or where there was none, the time from connecting to the first event. */
export interface Cost {
  readonly page: ProcessorTime
  readonly server: ProcessorTime
}

/** What came of one page. */
export interface Outcome extends PageReport {
  readonly cost: Cost
}

/** For who looks inside a page: opens it another way, and has a last look. */
export interface Inspector {
  /** Returns the page's target. */
  open(url: string): Promise<string>
  beforeClose(): Promise<void>
}

/** The servers, each in a process of its own so that none warms up or fills another's heap, and the browser. */
export class Laboratory {
  #servers: ServerProcess[] = []
  #runs = 0
  #checksums = new Map<number, number>()
  readonly entrants: Entrant[] = []

  private constructor(
    readonly browser: Browser,
    readonly desk: Desk,
    /** Holdfast's server, with the page of a tab that shares its connection. */
    readonly sharing: ServerProcess,
  ) {}

  static async open(browser: Browser, { contenders, sharing }: Built): Promise<Laboratory> {
    const laboratory = new Laboratory(browser, await Desk.open(), await startServer(sharing))
    laboratory.#servers.push(laboratory.sharing)
    for (const contender of contenders) await laboratory.#start(contender)
    return laboratory
  }

  /**
   * Runs one page in a fresh profile and closes it.
   *
   * @returns undefined where nothing came within the timeout
   * @throws {Error} where an event was lost, doubled, out of order or not decoded
   */
  async run(task: Task): Promise<Outcome | undefined> {
    const context = await this.browser.createContext()
    try {
      return await this.visit(task, context)
    } finally {
      await this.browser.disposeContext(context)
    }
  }

  /** As {@link run}, in a profile that stays: the page's next visit finds what this one stored. */
  async visit(task: Task, context: string, inspector?: Inspector): Promise<Outcome | undefined> {
    const { entrant, count, timeout } = task
    const prepared = await fetch(`http://127.0.0.1:${entrant.port}/bench/prepare?count=${count}`, { method: 'POST' })
    if (!prepared.ok) throw new Error(`${entrant.name}: ${await prepared.text()}`)
    const start = await prepared.text()

    this.#runs += 1
    const { promise, resolve } = Promise.withResolvers<PageReport | undefined>()
    let meter: (() => Promise<Cost>) | undefined
    const { address, forget } = this.desk.expect(String(this.#runs), {
      report: (report) => resolve(isReport(report) ? report : undefined),
      gate: async () => {
        meter = await this.#startMeter(entrant)
      },
    })
    const query = new URLSearchParams({ variant: entrant.name, count: String(count), start, report: address })
    const url = `http://127.0.0.1:${task.port ?? entrant.port}/bench/page?${query}`
    const target = await (inspector ? inspector.open(url) : this.browser.open(url, context))
    const timer = setTimeout(() => resolve(undefined), timeout)
    const report = await promise
    clearTimeout(timer)
    forget()
    const cost = (await meter?.()) ?? { page: NO_TIME, server: NO_TIME }
    await inspector?.beforeClose()
    await this.browser.closeTarget(target)
    if (!report) return undefined
    this.#check(task, report)
    return { ...report, cost }
  }

  async close(): Promise<void> {
    this.desk.close()
    await Promise.all(this.#servers.map((server) => server.close()))
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

  #check({ entrant, count }: Task, report: PageReport): void {
    if (report.failure !== undefined) throw new Error(`${entrant.name}: ${report.failure}`)
    const expected = this.#checksums.get(count) ?? expectedChecksum(count)
    this.#checksums.set(count, expected)
    if (report.checksum !== expected) throw new Error(`${entrant.name}: the checksum of ${count} events is wrong`)
  }

  async #start(hostModule: string): Promise<void> {
    const server = await startServer(hostModule)
    this.#servers.push(server)
    const { port, pid } = server
    for (const [name, carrier] of Object.entries(server.variants)) this.entrants.push({ name, carrier, port, pid })
  }
}

function isReport(report: unknown): report is PageReport {
  return isRecord(report) && typeof report.first === 'number' && typeof report.checksum === 'number'
}
