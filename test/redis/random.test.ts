import { describe, expect, test } from 'vitest'
import { RedisServer } from '../support/redis.js'
import { Random } from '../support/simulation/random.js'
import { item } from './contract/history.js'
import { Line } from './line.js'
import { type Opened, open, tell } from './opened.js'

// Three processes publish and read, while everything between them and Redis breaks. The seed draws the same faults again;
// what they hit is up to the machine.

const SEEDS = Array.from({ length: Number(process.env.SEEDS ?? 2) }, (_, index) => index + 1)
const FAULTS = 10

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** What became of each text that was published: its id, or why it was rejected. */
type Outcomes = Map<string, { id: string } | { why: string }>

class Process implements AsyncDisposable {
  readonly line: Line
  readonly opened: Opened
  readonly #name: string
  #count = 0
  #publishing = true
  readonly #outcomes: Outcomes
  #running: Promise<void> | undefined

  private constructor(name: string, line: Line, opened: Opened, outcomes: Outcomes) {
    this.#name = name
    this.line = line
    this.opened = opened
    this.#outcomes = outcomes
  }

  static async start(name: string, url: string, outcomes: Outcomes): Promise<Process> {
    const line = await Line.start(url)
    return new Process(name, line, await open({ url: line.url, timeout: 2_000, maxLength: 500 }), outcomes)
  }

  begin(): void {
    this.#running = this.#run()
  }

  async #run(): Promise<void> {
    while (this.#publishing) {
      for (let count = 0; count < 5; count += 1) this.publish()
      await sleep(3)
    }
  }

  async publish(): Promise<string | undefined> {
    const text = `${this.#name} ${++this.#count}`
    try {
      const id = await this.opened.history.append(item(text))
      this.#outcomes.set(text, { id })
      return id
    } catch (error) {
      this.#outcomes.set(text, { why: String(error) })
      return undefined
    }
  }

  async stop(): Promise<void> {
    this.#publishing = false
    await this.#running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.opened[Symbol.asyncDispose]()
    await this.line[Symbol.asyncDispose]()
  }
}

type Fault = (redis: RedisServer, line: Line, time: number) => unknown

/** Each is over when it resolves. */
const faults: Readonly<Record<string, Fault>> = {
  cut: (_, line) => line.cut(),
  silence: (_, line) => line.silence(),
  async hold(_, line, time) {
    line.hold()
    await sleep(time)
    await line.release()
  },
  async refuse(_, line, time) {
    line.refusing = true
    line.cut()
    await sleep(time)
    line.refusing = false
  },
  async stop(redis, _, time) {
    redis.pause()
    await sleep(time)
    redis.resume()
  },
  async crash(redis, _, time) {
    await redis.kill()
    await sleep(time / 4)
    await redis.restart()
  },
  disconnect: ({ url }) => tell(url, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']),
  save: ({ url }) => tell(url, ['SAVE']),
  flush: ({ url }) => tell(url, ['FLUSHALL']),
  forget: ({ url }) => tell(url, ['SCRIPT', 'FLUSH']),
}

/** What is wrong with what the processes heard. */
function faultsOf(outcomes: Outcomes, processes: readonly Process[], durable: boolean): string[] {
  const wrong: string[] = []
  /** Which entry follows which, as far as anybody heard. */
  const following = new Map<string, { id: string; isToldLater: boolean }>()
  const idOf = new Map<string, string>()
  for (const [text, outcome] of outcomes) if ('id' in outcome) idOf.set(text, outcome.id)
  for (const [index, { opened }] of processes.entries()) {
    const seen = new Set<string>()
    const latest = new Map<string, number>()
    let before: string | undefined
    const { log } = opened.listening
    const lastGap = log.findLastIndex((heard) => 'gap' in heard)
    for (const [place, heard] of log.entries()) {
      if ('gap' in heard) {
        before = heard.gap
        continue
      }
      const { id = '', text } = heard
      const blame = (what: string) => wrong.push(`${index} heard ${text} (${id}) ${what}`)
      if (seen.has(text)) blame('twice')
      seen.add(text)
      if ((idOf.get(text) ?? id) !== id) blame(`which is ${idOf.get(text)}`)
      idOf.set(text, id)
      const outcome = outcomes.get(text)
      if (outcome && 'why' in outcome && outcome.why.includes('Nothing was stored')) blame('that was not stored')
      const [publisher = '', number] = text.split(' ')
      if (Number(number) < (latest.get(publisher) ?? 0)) blame(`after ${latest.get(publisher)}`)
      latest.set(publisher, Number(number))
      // A Redis with older data may go on for a moment before anybody notices; then all who heard of it are told.
      const isToldLater = !durable && place < lastGap
      const other = before === undefined ? undefined : following.get(before)
      if (other !== undefined && other.id !== id && !(isToldLater && other.isToldLater))
        blame(`after ${before}, and ${other.id} is missing`)
      if (before !== undefined) following.set(before, { id, isToldLater })
      before = id
    }
    // Without a gap nothing that was stored is missing.
    if (opened.listening.gaps.length > 0) continue
    for (const [text, outcome] of outcomes)
      if ('id' in outcome && !seen.has(text)) wrong.push(`${index} never heard ${text} (${outcome.id})`)
  }
  return wrong
}

/** Publishes until all hear it, and have heard before it whatever was on its way. */
async function settle(process: Process, processes: readonly Process[]): Promise<void> {
  const gaps = () => processes.reduce((sum, { opened }) => sum + opened.listening.gaps.length, 0)
  for (;;) {
    const before = gaps()
    const id = await process.publish()
    if (id === undefined) continue
    for (const { opened } of processes)
      await opened.listening.until(({ heard }) => heard.some((entry) => entry.id === id) || gaps() > before)
    if (gaps() === before) return
  }
}

describe.each([
  ['keeps what it has answered', true],
  ['comes back with older data', false],
])('a Redis that %s', (_, durable) => {
  test.each(SEEDS)('each event comes once and in order, or a gap is told (seed %i)', async (seed) => {
    const random = new Random(seed)
    const outcomes: Outcomes = new Map()
    await using redis = await RedisServer.start({ durable })
    await using a = await Process.start('a', redis.url, outcomes)
    await using b = await Process.start('b', redis.url, outcomes)
    await using c = await Process.start('c', redis.url, outcomes)
    const processes = [a, b, c]
    for (const process of processes) process.begin()
    const happened: string[] = []
    for (let count = 0; count < FAULTS; count += 1) {
      await sleep(random.between(0, 150))
      const name = random.pick(Object.keys(faults))
      await faults[name]?.(redis, random.pick(processes).line, random.between(5, 400))
      happened.push(name)
    }
    for (const process of processes) await process.stop()
    for (const process of processes) await settle(process, processes)
    const summary = `${happened.join(', ')}; ${outcomes.size} published`
    expect(faultsOf(outcomes, processes, durable), summary).toEqual([])
    const stored = [...outcomes.values()].filter((outcome) => 'id' in outcome).length
    expect(stored, summary).toBeGreaterThan(20)
  })
})
