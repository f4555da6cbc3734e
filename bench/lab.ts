import { type ChildProcess, fork } from 'node:child_process'
import type { Browser } from './browser.js'
import type { BuiltContender } from './build.js'
import type { Carrier } from './contract.js'
import { Desk } from './desk.js'
import { expectedChecksum } from './events.js'
import type { Hosted } from './host.js'
import type { PageReport } from './page.js'
import { difference, NO_TIME, type ProcessorTime, readProcessorTime } from './processor.js'
import { isRecord } from './record.js'

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
  #children: ChildProcess[] = []
  #runs = 0
  #checksums = new Map<number, number>()
  readonly entrants: Entrant[] = []

  private constructor(
    readonly browser: Browser,
    readonly desk: Desk,
  ) {}

  static async open(browser: Browser, contenders: readonly BuiltContender[]): Promise<Laboratory> {
    const laboratory = new Laboratory(browser, await Desk.open())
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
      report: resolve,
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
    for (const child of this.#children) child.disconnect()
    await Promise.all(
      this.#children.map((child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve))),
    )
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

  async #start({ file, hostModule }: BuiltContender): Promise<void> {
    const child = fork(hostModule)
    this.#children.push(child)
    const hosted = await new Promise<Hosted>((resolve, reject) => {
      child.once('message', (message: unknown) =>
        isHosted(message) ? resolve(message) : reject(new Error(`${file} said ${JSON.stringify(message)}`)),
      )
      child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)))
    })
    for (const [name, carrier] of Object.entries(hosted.variants)) {
      this.entrants.push({ name, carrier, port: hosted.port, pid: child.pid ?? 0 })
    }
  }
}

function isHosted(message: unknown): message is Hosted {
  return isRecord(message) && typeof message.port === 'number' && isRecord(message.variants)
}
