import { describe, expect, test } from 'vitest'
import { tabs } from '../../src/index.js'
import { run } from '../support/simulation/run.js'
import { describeFailure } from '../support/simulation/shrink.js'
import type { Sharing } from '../support/simulation/stage.js'
import { makeSchedule } from '../support/simulation/steps.js'

// Random schedules, each the same whenever its seed is given again. SCHEDULES=20000 plays more of them, FIRST_SEED=7 SCHEDULES=1
// that one alone.
const first = Number(process.env.FIRST_SEED ?? 1)
const asked = Number(process.env.SCHEDULES ?? 0)

async function play(count: number, sharing: Sharing, shared: boolean): Promise<void> {
  for (let seed = first; seed < first + count; seed++) {
    const schedule = makeSchedule(seed)
    const { violations } = await run(schedule, sharing, shared)
    if (violations.length) expect.fail(await describeFailure(schedule, violations, sharing, shared))
  }
}

describe('whatever happens to the tabs, each event arrives once, in order, or the page is told', () => {
  test('each tab with a connection of its own', () => play(asked || 200, () => ({}), false), 600_000)
  test(
    'one connection for all',
    () => play(asked || 500, (identity) => ({ share: tabs({ identity }) }), true),
    3_600_000,
  )
})
