import { beforeAll, describe, expect, test } from 'vitest'
import { type Fault, faults } from './reference/faults.js'
import { startReference } from './reference/start.js'
import type { Transport } from './suite/carrier.js'
import type { Check } from './suite/check.js'
import { checks } from './suite/checks/index.js'
import { look, perform, type Result } from './suite/runner.js'

// A check that fails often waits for what does not come: so they wait beside each other, each with a server of its own.
const atOnce = 24
const outcomes = new Map<Fault, Promise<Result>[]>()

async function examine(fault: Fault, check: Check, transport: Transport): Promise<Result> {
  const reference = await startReference({ level: 3 }, (server) => fault.plant(server))
  try {
    const { url, control } = reference
    return await perform(check, transport, await look({ url, control, transports: [transport], patience: 5000 }))
  } finally {
    await reference.close()
  }
}

function* tasks(): Generator<() => Promise<unknown>> {
  for (const fault of faults) {
    const results: Promise<Result>[] = []
    outcomes.set(fault, results)
    for (const check of checks.filter(({ id }) => fault.caught.includes(id))) {
      for (const transport of check.transports) {
        if (fault.over?.includes(transport) === false) continue
        const { promise, resolve, reject } = Promise.withResolvers<Result>()
        results.push(promise)
        yield () => examine(fault, check, transport).then(resolve, reject)
      }
    }
  }
}

beforeAll(() => {
  const waiting = [...tasks()]
  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task()
  }
  for (let lane = 0; lane < atOnce; lane++) void work()
})

describe('the suite notices a planted fault', () => {
  test.each(faults)('$name', { timeout: 120_000 }, async (fault) => {
    const results = await Promise.all(outcomes.get(fault) ?? [])
    const name = ({ check, transport, outcome }: Result): string => `${check.id} [${transport}] ${outcome}`
    expect(results.map(name)).toEqual(results.map((result) => name({ ...result, outcome: 'fail' })))
    expect(new Set(results.map(({ check }) => check.id))).toEqual(new Set(fault.caught))
    // It has to be the server that fails, not the check.
    for (const { detail } of results) expect(detail).not.toContain('the check itself failed')
  })
})

test('every check has been seen to fail', () => {
  const seen = new Set(faults.flatMap(({ caught }) => caught))
  expect(checks.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([])
})
