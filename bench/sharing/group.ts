import { expectedChecksum } from '../events.js'
import type { Laboratory } from '../lab.js'
import { readProcessorTime } from '../processor.js'
import { isRecord } from '../record.js'
import type { TabReport } from './tab.js'

/** How long a tab may take for anything, in ms. */
const TIMEOUT = 60_000

/** What a tab says of one part of the stream. */
type Heard = Extract<TabReport, { kind: 'steady' | 'burst' }>
type Ready = Extract<TabReport, { kind: 'ready' }>

/** One tab of a group. */
export interface Tab {
  readonly target: string
  /** The process that runs it, and no other tab. */
  readonly process: number
  readonly ready: Ready
  /** When the events of a part of the stream came, in ms since the epoch; of a burst only the last. */
  times(part: Heard['kind']): Promise<readonly number[]>
}

/** How many events the two parts of the stream have: one after another, then all at once. */
export interface Parts {
  readonly steady: number
  readonly burst: number
}

/** Tabs of one profile. The first one leads, if they share. */
export class TabGroup {
  readonly tabs: Tab[] = []
  #forget: (() => void)[] = []

  private constructor(
    readonly laboratory: Laboratory,
    readonly context: string,
    readonly parts: Parts,
  ) {}

  /** Runs what is to be measured with so many tabs, and closes them. A lone tab that does not share: `followers` is undefined. */
  static async with<Result>(
    laboratory: Laboratory,
    followers: number | undefined,
    parts: Parts,
    measure: (group: TabGroup) => Promise<Result>,
  ): Promise<Result> {
    const context = await laboratory.browser.createContext()
    const group = new TabGroup(laboratory, context, parts)
    try {
      await group.#ask(`prepare?count=${Math.max(parts.steady, parts.burst)}`)
      await group.#open(followers === undefined ? undefined : 'leader')
      for (let count = 0; count < (followers ?? 0); count += 1) await group.#open('follower')
      return await measure(group)
    } finally {
      for (const forget of group.#forget) forget()
      await laboratory.browser.disposeContext(context)
    }
  }

  /** The first tab: the leader, if they share. */
  get first(): Tab {
    const [first] = this.tabs
    if (!first) throw new Error('The group has no tab.')
    return first
  }

  get followers(): readonly Tab[] {
    return this.tabs.slice(1)
  }

  /** Publishes one event each so many ms. */
  steady(interval: number): Promise<void> {
    return this.#ask(`steady?count=${this.parts.steady}&interval=${interval}`)
  }

  /** Publishes all events at once. */
  burst(): Promise<void> {
    return this.#ask(`burst?count=${this.parts.burst}`)
  }

  async #ask(what: string): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.laboratory.sharing.port}/bench/${what}`, { method: 'POST' })
    if (!response.ok) throw new Error(`${what}: ${await response.text()}`)
    await response.text()
  }

  async #open(role: string | undefined): Promise<void> {
    const { browser, desk, sharing } = this.laboratory
    const inbox = new Map<TabReport['kind'], PromiseWithResolvers<TabReport>>()
    const slot = (kind: TabReport['kind']) => {
      const known = inbox.get(kind) ?? Promise.withResolvers<TabReport>()
      inbox.set(kind, known)
      return known
    }
    let busiest: (() => Promise<number>) | undefined
    const { address, forget } = desk.expect(`${this.context}-${this.tabs.length}`, {
      gate: async () => {
        busiest = await this.#watchProcesses()
      },
      report: (report) => isTabReport(report) && slot(report.kind).resolve(report),
      fail: slot('ready').reject,
    })
    slot('ready').promise.catch(() => {}) // it is awaited below
    this.#forget.push(forget)
    const query = new URLSearchParams({ report: address, ...(role && { share: '' }) })
    for (const [part, count] of Object.entries(this.parts)) query.set(part, String(count))

    const target = await browser.open(`http://127.0.0.1:${sharing.port}/bench/page?${query}`, this.context)
    const ready = await within(slot('ready').promise)
    if (ready.kind !== 'ready' || ready.role !== role)
      throw new Error(`A tab is ${JSON.stringify(ready)}, not ${role}.`)
    const process = await busiest?.()
    if (process === undefined || this.tabs.some((tab) => tab.process === process))
      throw new Error('A tab has no process of its own.')
    const times = async (part: Heard['kind']) => {
      const heard = await within(slot(part).promise)
      if (heard.kind !== part) throw new Error(`Not the report of a ${part} part.`)
      if (heard.failure !== undefined) throw new Error(heard.failure)
      if (heard.checksum !== checksumOf(this.parts[part])) throw new Error(`The checksum of the ${part} part is wrong.`)
      return heard.times
    }
    this.tabs.push({ target, process, ready, times })
  }

  /** A tab marks its process by keeping it busy from now on: returns what finds it. */
  async #watchProcesses(): Promise<() => Promise<number>> {
    const read = async () => {
      const processes = await this.laboratory.browser.renderers()
      return Promise.all(processes.map(async (id) => ({ id, time: (await readProcessorTime([id])).main })))
    }
    const before = new Map((await read()).map(({ id, time }) => [id, time]))
    return async () => {
      const spent = (await read()).map(({ id, time }) => ({ id, time: time - (before.get(id) ?? 0) }))
      return spent.reduce((most, each) => (each.time > most.time ? each : most)).id
    }
  }
}

const checksums = new Map<number, number>()

function checksumOf(count: number): number {
  const known = checksums.get(count) ?? expectedChecksum(count)
  checksums.set(count, known)
  return known
}

function within<Value>(promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('A tab did not report.')), TIMEOUT)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function isTabReport(report: unknown): report is TabReport {
  if (!isRecord(report)) return false
  return (
    report.kind === 'ready' || ((report.kind === 'steady' || report.kind === 'burst') && Array.isArray(report.times))
  )
}
