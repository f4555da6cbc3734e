import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { browserNames, skippedBrowsers } from '../support/browsers.mjs'
import { bundlePrograms } from './bundle.js'
import { printable, recoveryTable, summaryOf } from './report.js'
import { runSuite } from './suite.js'

// A short run of the fault suite. The long one: npm run test:faults.

const root = join(import.meta.dirname, '../..')
const engines = browserNames.filter((name) => !skippedBrowsers().includes(name))

/** In each browser, and how much each of them lives through. */
const WORLDS = 2
const LIFE = 10

/** Faults from which a page comes back within a few seconds; whatever takes ten or more is left to the long run. */
const only = [
  'connections',
  'half-open, down',
  'websocket refused',
  'websocket closed after one frame',
  'websocket closed after some frames',
  'websocket closed again and again',
  'sse cut',
  'sse refused',
  'poll cut',
  'poll refused',
  'post cut',
  'post refused',
  'in turn',
  'server killed',
  'server drained',
  'Redis killed',
  'Redis flushed',
  'page loaded anew',
  'page left',
  'offline',
  'clock jumps',
  'tab closed',
  'tab frozen',
]

test('real browsers hear each event once and in order, or of a gap, whatever breaks', {
  timeout: 300_000,
}, async () => {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'faults-'))
  try {
    const totals = await runSuite(
      {
        seed: 4,
        engines,
        worlds: WORLDS,
        rounds: 1,
        life: LIFE,
        faults: Number.POSITIVE_INFINITY,
        time: Number.POSITIVE_INFINITY,
        stores: ['memory', 'short', 'redis'],
        // Back soon after a break.
        fixed: { reconnect: { minDelay: 50, maxDelay: 500 }, wait: 2000, hidden: false },
        only,
        artifacts: join(root, 'test/.artifacts'),
        say: (line) => console.log(line),
      },
      await bundlePrograms(root, folder),
    )
    console.log(`${printable(recoveryTable(totals))}\n${summaryOf(totals)}`)
    expect(totals.violations).toEqual([])
    // What was really tried: a schedule that is carried out to its end, and a stream that ran meanwhile.
    for (const engine of engines) {
      expect(totals.faultsByEngine[engine], engine).toBeGreaterThanOrEqual(WORLDS * LIFE)
      expect(totals.deliveredByEngine[engine], engine).toBeGreaterThan(500)
    }
    expect(totals.outcomes.resolved).toBeGreaterThan(50 * engines.length)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
