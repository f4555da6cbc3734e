import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StartedHub, startHub } from './control/hub.js'
import { transports } from './suite/carrier.js'
import { checks } from './suite/checks/index.js'
import { levelOf, look, perform, type Result, type Target } from './suite/runner.js'

let hub: StartedHub
let target: Target
const results: Result[] = []

beforeAll(async () => {
  hub = await startHub()
  target = await look({ url: hub.url, control: hub.control, transports, patience: 10_000 })
})
afterAll(() => hub?.close())

// Ours offers every control, so what could not be checked is a failure as well.
for (const check of checks) {
  describe(`${check.section}: ${check.id}`, () => {
    test.each(check.transports)('%s', { timeout: 40_000 }, async (transport) => {
      const result = await perform(check, transport, target)
      results.push(result)
      expect(`${result.outcome} ${result.detail}`.trim()).toBe('pass')
    })
  })
}

test('the hub reaches level 3', () => expect(levelOf(results)).toBe(3))
