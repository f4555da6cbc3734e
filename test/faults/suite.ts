import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserName, browserNames } from '../support/browsers.mjs'
import { Random } from '../support/simulation/random.js'
import { type Browser, launchers } from './browsers.js'
import type { Programs } from './bundle.js'
import { check } from './check/index.js'
import { Desk } from './desk.js'
import { drawSchedule, takeStep } from './drive.js'
import { kinds } from './kinds/index.js'
import type { WorldRecord } from './record.js'
import { drawSettings, type WorldSettings } from './settings.js'
import { Succession } from './succession.js'
import { Totals } from './totals.js'
import { World, WorldFailure } from './world.js'

export interface SuiteOptions {
  readonly seed: number
  readonly engines: readonly BrowserName[]
  /** Worlds at once in each browser. */
  readonly worlds: number
  /** Ends when so many were injected. */
  readonly faults: number
  /** Ends after so many ms. */
  readonly time: number
  /** Steps in the life of one world: one fault, or two at once. */
  readonly life: number
  /** How many worlds there are in each place, one after the other. Default: until there were enough faults. */
  readonly rounds?: number
  /** Ends with the first world in which something was violated. */
  readonly firstViolation?: true
  readonly stores: readonly WorldSettings['store'][]
  /** What all worlds have in common, whatever is drawn. */
  readonly fixed?: Partial<WorldSettings>
  /** Only kinds with one of these in their names. */
  readonly only: readonly string[]
  /** Only this world. */
  readonly world?: number
  /** Where records of violations go. */
  readonly artifacts: string
  say(line: string): void
}

/** Runs worlds side by side in each browser, one after the other in each place, until there were enough faults. */
export async function runSuite(options: SuiteOptions, programs: Programs): Promise<Totals> {
  const { engines, worlds, say } = options
  const totals = new Totals()
  const end = Date.now() + options.time
  const desk = new Desk()
  await desk.open()
  const isFound = () => options.firstViolation === true && totals.violations.length > 0
  const isOver = () => totals.injected >= options.faults || Date.now() > end || isFound()
  const inBrowser = async (name: BrowserName) => {
    const succession = new Succession(launchers[name])
    const inPlace = (number: number) =>
      succession.use(async (browser) => {
        const record = await live(browser, number)
        if (record.failures.length === 0 || (await browser.alive())) return judge(record)
        // Nothing can be held against pages whose browser is gone.
        say(`${name} has crashed: world ${number} is not counted.`)
        totals.crashes++
        await succession.depose(browser)
      })
    // Which number a world has, and so what happens in it, does not hang on which browser is the fastest, or is there.
    const first = browserNames.indexOf(name) * worlds + 1
    const place = async (_: unknown, index: number) => {
      const { rounds = Number.POSITIVE_INFINITY } = options
      for (let round = 0; round < rounds && !isOver(); round++)
        await inPlace(first + index + round * worlds * browserNames.length)
    }
    try {
      if (options.world !== undefined) await inPlace(options.world)
      else await Promise.all(Array.from({ length: worlds }).map(place))
    } finally {
      await succession.close()
    }
  }

  /** One world, from its beginning to its end. */
  const live = async (browser: Browser, number: number): Promise<WorldRecord> => {
    // Each world has chance of its own: what others do changes nothing in it.
    const random = new Random(options.seed * 1_000_003 + number)
    const settings = { ...drawSettings(random.fork(), browser.name, options.stores), ...options.fixed }
    const wanted = ({ name }: { name: string }) =>
      options.only.length === 0 || options.only.some((part) => name.includes(part))
    const fitting = kinds.filter((kind) => wanted(kind) && (kind.fits?.(settings) ?? true))
    const schedule = drawSchedule(random.fork(), fitting, options.life)
    const world = new World(options.seed, number, settings, { desk, browser, programs }, random.fork())
    try {
      await world.open()
      for (const step of schedule) {
        if (isOver()) break
        const injected = await takeStep(world, step)
        totals.injected += injected
        totals.steps[browser.name] = (totals.steps[browser.name] ?? 0) + 1
      }
      await world.settle()
    } catch (error) {
      if (!(error instanceof WorldFailure)) world.record.failures.push(String((error as Error).stack))
    } finally {
      await world.close().catch((error) => world.record.failures.push(`did not close: ${error.stack}`))
    }
    return world.record
  }

  /** Holds what happened against what must be. */
  const judge = (record: WorldRecord) => {
    const violations = check(record)
    totals.add(record, violations)
    if (violations.length === 0) return
    const { world: number, engine, settings } = record
    mkdirSync(options.artifacts, { recursive: true })
    const file = join(options.artifacts, `faults-${options.seed}-${number}.json`)
    writeFileSync(file, JSON.stringify(record))
    say(`VIOLATED: --seed ${options.seed} --world ${number} --engines ${engine}: ${JSON.stringify(settings)}`)
    for (const violation of violations.slice(0, 10)) say(`  ${violation}`)
    for (const fault of record.faults.slice(-5)) say(`  ${JSON.stringify(fault)}`)
    say(`  ${violations.length} violations; the whole record: ${file}`)
  }

  const progress = setInterval(() => say(totals.progress()), 10_000)
  try {
    await Promise.all(engines.map(inBrowser))
  } finally {
    clearInterval(progress)
    desk.close()
  }
  return totals
}
