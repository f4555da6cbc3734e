import { afterEach, expect, test, vi } from 'vitest'
import { memoryLedger } from '../../../src/server/index.js'

afterEach(() => {
  vi.useRealTimers()
})

test('a claim is given once, in order, and only to those who said hello', async () => {
  const ledger = memoryLedger()
  expect(await ledger.claim('a', 1)).toEqual({ state: 'unknown-client' })
  expect(await ledger.open('a', 1, 1, [])).toEqual({ handled: null, outcomes: [] })
  expect(await ledger.claim('a', 1)).toEqual({ state: 'mine' })
  expect(await ledger.claim('a', 1)).toEqual({ state: 'handled', outcome: undefined })
  expect(await ledger.claim('a', 3)).toEqual({ state: 'out-of-order' })
  // Claimed, and not settled: the client hears nothing of it as handled.
  expect(await ledger.open('a', 1, 2, [])).toEqual({ handled: 0, outcomes: [] })
  await ledger.settle('a', { number: 1, json: '{}' }, [])
  expect(await ledger.claim('a', 1)).toEqual({ state: 'handled', outcome: { number: 1, json: '{}' } })
  expect(await ledger.open('a', 1, 2, [])).toEqual({ handled: 1, outcomes: [{ number: 1, json: '{}' }] })
  expect(await ledger.open('a', 2, 2, [])).toEqual({ handled: 1, outcomes: [] })
})

test('outcomes are bounded: per client, and in bytes for all; what was handled stays known', async () => {
  const ledger = memoryLedger({ maxOutcomes: 2, maxBytes: 100 })
  for (const client of ['a', 'b']) {
    await ledger.open(client, 1, 1, [])
    for (let number = 1; number <= 3; number += 1) {
      await ledger.claim(client, number)
      await ledger.settle(client, { number, json: 'x'.repeat(30) }, [])
    }
  }
  expect(await ledger.open('b', 1, 4, [])).toMatchObject({ handled: 3, outcomes: [{ number: 2 }, { number: 3 }] })
  expect(await ledger.open('a', 1, 4, [])).toEqual({ handled: 3, outcomes: [] })
  expect(await ledger.claim('a', 3)).toEqual({ state: 'handled', outcome: undefined })
})

test('clients are bounded in number and age, and those who are connected do not age', async () => {
  vi.useFakeTimers()
  const ledger = memoryLedger({ maxClients: 2, maxAge: 1_000 })
  for (const client of ['a', 'b', 'a', 'c']) await ledger.open(client, 1, 1, [])
  expect(await ledger.claim('b', 1)).toEqual({ state: 'unknown-client' })
  expect(await ledger.claim('a', 1)).toEqual({ state: 'mine' })
  vi.advanceTimersByTime(900)
  await ledger.touch(['a', 'nobody'])
  vi.advanceTimersByTime(900)
  await ledger.touch(['a'])
  expect(await ledger.open('c', 1, 1, [])).toMatchObject({ handled: null })
  expect(await ledger.open('a', 1, 1, [])).toMatchObject({ handled: 0 })
})

test('a client that has outcomes from elsewhere is not known', async () => {
  const ledger = memoryLedger()
  await ledger.open('a', 1, 1, [])
  await ledger.claim('a', 1)
  await ledger.settle('a', { number: 1, json: '{}' }, [])
  expect(await ledger.open('a', 2, 3, [])).toMatchObject({ handled: 1 })
  expect(await ledger.open('a', 9, 10, [])).toEqual({ handled: null, outcomes: [] })
  expect(await ledger.claim('a', 10)).toEqual({ state: 'mine' })
})
