import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../package/source-graph.js'
import { expectedFailures, nativeFailures } from './web-platform-tests/expectations.js'
import { type Outcome, type Outcomes, ours, runTests } from './web-platform-tests/run.js'

// The folder eventsource/ of web-platform-tests, in real Chromium. The tests are not ours, and not in this repository: WPT
// names a checkout of them (docs/eventsource.md). What they demand is held without one by test/browser/eventsource.test.ts.

const checkout = process.env.WPT ?? ''

/** Passed and all, by scope, and what failed though nobody expects it, or passed though it is expected to fail. */
function judge(outcomes: Outcomes, expected: Readonly<Record<string, string>>) {
  const all = Object.values(outcomes).flat()
  return {
    figures: Object.entries<Outcome[]>({ ...outcomes }).map(
      ([scope, list]) => `${scope}: ${list.filter(({ passed }) => passed).length} of ${list.length}`,
    ),
    unexpected: all.filter(({ name, passed }) => passed === name in expected),
    // Every subtest that is expected to fail is there, unless the checkout is older than its page.
    unknown: Object.keys(expected).filter(
      (name) => !all.some((one) => one.name === name) && existsSync(join(checkout, sourceOf(name))),
    ),
  }
}

const sourceOf = (name: string) => (name.split(' | ')[0] ?? '').replace(/\.(worker\.)?html$/, '.js')

describe.skipIf(checkout === '')('web-platform-tests', () => {
  test.each([
    ['Chromium’s own', '', nativeFailures],
    ['ours', 'ours', expectedFailures],
  ])(
    '%s',
    async (name, which, expected) => {
      const { figures, unexpected, unknown } = judge(await runTests(checkout, which && (await ours(root))), expected)
      console.log(`EventSource, ${name}: ${figures.join(', ')}`)
      expect(unexpected).toEqual([])
      expect(unknown).toEqual([])
    },
    600_000,
  )
})
