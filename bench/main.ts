import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Browser } from './browser.js'
import { buildAll } from './build.js'
import { Laboratory } from './lab.js'
import { readBusyShare } from './machine.js'
import type { Measurement, Table } from './measurement.js'
import { broadcast } from './measurements/broadcast.js'
import { burst } from './measurements/burst.js'
import { firstEvent } from './measurements/first-event.js'
import { growth } from './measurements/growth.js'
import { latency } from './measurements/latency.js'
import { longBurst } from './measurements/long-burst.js'
import { middlebox } from './measurements/middlebox.js'
import { recovery } from './measurements/recovery.js'
import { roundTrips } from './measurements/round-trips.js'
import { sharing } from './measurements/sharing.js'
import { isProfiled, profile } from './profile.js'
import { readCircumstances } from './report/circumstances.js'
import { writeDocument } from './report/document.js'
import { textTable } from './report/text.js'

const MEASUREMENTS: readonly Measurement[] = [
  firstEvent,
  roundTrips,
  middlebox,
  burst,
  latency,
  recovery,
  longBurst,
  sharing,
  growth,
  broadcast,
]

/** Above this share of the machine taken by others the figures are of little use. */
const BUSY = 0.1

const HELP = `npm run bench -- [options]
  --quick              under a minute: Holdfast, socket.io and the baselines, fewer rounds, more noise, and what takes long left out
  --rounds <n>         rounds that count (default 3; quick 2), after one that does not
  --only <names>       some measurements, with commas between them: ${MEASUREMENTS.map(({ name }) => name).join(', ')}
  --contender <text>   only contenders whose name contains this, and the baselines
  --profile <name>     no figures: where the page's main thread spends its time with this contender
  --exercise <name>    what is profiled: burst (100,000 events, the default), first, steady or echo
  --docs               also writes the tables and charts of what was measured into docs/`

const benchFolder = join(dirname(fileURLToPath(import.meta.url)), '..')
const root = join(benchFolder, '..')
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    contender: { type: 'string' },
    profile: { type: 'string' },
    exercise: { type: 'string', default: 'burst' },
    docs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** Against whom a quick run measures, beside the baselines. */
const QUICK_CONTENDERS = /^(Holdfast(?! on)|socket\.io$)/

const percent = (share: number) => `${Math.round(share * 100)} %`

if (options.help) console.log(HELP)
else await main()

function choose(only: string | undefined): Measurement[] {
  const names = only?.split(',') ?? MEASUREMENTS.map(({ name }) => name)
  return names.map((name) => {
    const found = MEASUREMENTS.find((measurement) => measurement.name === name)
    if (!found) throw new Error(`No measurement is called ${name}.\n${HELP}`)
    return found
  })
}

async function main(): Promise<void> {
  const { quick } = options
  const rounds = Number(options.rounds ?? (quick ? 2 : 3))
  const chosen = choose(options.only)
  const browser = await Browser.launch()
  const laboratory = await Laboratory.open(browser, await buildAll(benchFolder, options.profile !== undefined)).catch(
    async (error: unknown) => {
      await browser.close()
      throw error
    },
  )
  laboratory.patient = !quick
  try {
    if (options.profile !== undefined) {
      const { exercise } = options
      if (!isProfiled(exercise)) throw new Error(`There is no profile of ${exercise}.\n${HELP}`)
      await profile(laboratory, options.profile, exercise, join(benchFolder, 'results'))
      return
    }
    const { contender } = options
    const wanted = (name: string) =>
      contender === undefined ? !quick || QUICK_CONTENDERS.test(name) : name.includes(contender)
    const before = await readBusyShare()
    const results = new Map<string, Table[]>()
    for (const { name, run } of chosen) {
      const began = performance.now()
      try {
        const tables = await run({ laboratory, quick, rounds, warmup: 1, wanted })
        for (const table of tables) console.log(textTable(table))
        results.set(name, tables)
      } catch (error) {
        // What was measured before is kept, and what comes behind is measured all the same.
        console.error(`${name} failed:`, error)
        process.exitCode = 1
      }
      console.log(`${name} took ${((performance.now() - began) / 1_000).toFixed(0)} s.\n`)
    }
    const busy = Math.max(before ?? 0, (await readBusyShare()) ?? 0)
    const circumstances = await readCircumstances(root, await browser.version(), rounds, busy)
    const folder = join(benchFolder, 'results')
    await mkdir(folder, { recursive: true })
    const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`)
    await writeFile(file, `${JSON.stringify({ circumstances, tables: [...results.values()].flat() }, undefined, 2)}\n`)
    console.log(`${rounds} rounds, ${circumstances.machine}, Chromium ${circumstances.versions.Chromium}: ${file}`)
    if (busy > BUSY)
      console.warn(`Something else kept ${percent(busy)} of the machine busy: do not trust these figures.`)
    if (!options.docs) return
    for (const [name, tables] of results) await writeDocument(join(root, 'docs'), name, tables, circumstances)
  } finally {
    await laboratory.close()
    await browser.close()
  }
}
