import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BrowserName, browserNames, skippedBrowsers } from '../support/browsers.mjs'
import { bundlePrograms } from './bundle.js'
import { bugs, findBug } from './planted.js'
import { printable, recoveryTable, summaryOf } from './report.js'
import type { WorldSettings } from './settings.js'
import { runSuite } from './suite.js'

const help = `npm run test:faults -- [options]
  --faults N     ends after so many faults (10000)
  --minutes N    ends after so many minutes (120)
  --seed N       1
  --engines a,b  chromium,firefox,webkit
  --worlds N     worlds at once in each browser (8)
  --life N       faults in the life of one world (30)
  --store a,b    memory,short,redis: each world has one of them
  --kinds a,b    only faults with one of these in their names
  --world K      only this world; its schedule depends on --seed, --life, --store and --kinds alone
  --planted a,b  instead: plants the bugs with one of these in their names, or "all", one after the other in a copy of the
                 product, and looks whether each is found`

/** @returns the exit code: 1 where something was violated */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      faults: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '120' },
      seed: { type: 'string', default: '1' },
      engines: { type: 'string' },
      worlds: { type: 'string', default: '8' },
      life: { type: 'string', default: '30' },
      store: { type: 'string', default: 'memory,memory,short,redis,redis' },
      kinds: { type: 'string', default: '' },
      world: { type: 'string' },
      planted: { type: 'string' },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const list = (text: string) => text.split(',').filter(Boolean)
  const engines = browserNames.filter((name) =>
    values.engines === undefined ? !skippedBrowsers().includes(name) : list(values.engines).includes(name),
  )
  const artifacts = join(root, 'test/.artifacts')
  mkdirSync(artifacts, { recursive: true })
  const folder = mkdtempSync(join(root, 'node_modules/.cache/faults-'))
  const started = Date.now()
  // A fault of the runner's own shall not end the worlds that are under way; but it is none that may pass.
  const own: unknown[] = []
  process.on('unhandledRejection', (error) => {
    own.push(error)
    console.error('THE RUNNER:', error)
  })
  try {
    if (values.planted !== undefined) return await findAll(root, folder, list(values.planted))
    const programs = await bundlePrograms(root, folder)
    const totals = await runSuite(
      {
        seed: Number(values.seed),
        engines: engines as BrowserName[],
        worlds: Number(values.worlds),
        faults: Number(values.faults),
        time: Number(values.minutes) * 60_000,
        life: Number(values.life),
        stores: list(values.store) as WorldSettings['store'][],
        only: list(values.kinds),
        ...(values.world !== undefined && { world: Number(values.world) }),
        artifacts,
        say: (line) => console.log(`${clock(started)} ${line}`),
      },
      programs,
    )
    const table = recoveryTable(totals)
    console.log(`\n${printable(table)}\n\n${summaryOf(totals)}`)
    writeFileSync(join(artifacts, 'faults.json'), JSON.stringify({ ...totals, recoveries: undefined, table }, null, 1))
    return totals.violations.length > 0 || own.length > 0 ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns 1 where one was not found */
async function findAll(root: string, folder: string, names: readonly string[]): Promise<number> {
  let missed = 0
  for (const bug of bugs.filter(({ name }) => names.some((part) => part === 'all' || name.includes(part)))) {
    const started = Date.now()
    const [found] = await findBug(root, folder, bug, 180_000)
    console.log(`${clock(started)} ${bug.name}: ${found ?? 'NOT FOUND'}`)
    if (found === undefined) missed++
  }
  return missed > 0 ? 1 : 0
}

function clock(since: number): string {
  const seconds = Math.floor((Date.now() - since) / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
