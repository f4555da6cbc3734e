import { afterEach, expect, test } from 'vitest'
import type { Ledger } from '../../../src/server/index.js'

export interface LedgerBounds {
  maxClients?: number
  maxOutcomes?: number
  /** ms. */
  maxAge?: number
}

/** A ledger that is empty, and a way to let time go by. */
export interface LedgerSubject {
  readonly ledger: Ledger
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** What every ledger must do. */
export function describeLedger(make: (bounds: LedgerBounds) => Promise<LedgerSubject>): void {
  const subjects: LedgerSubject[] = []
  afterEach(async () => {
    for (const subject of subjects.splice(0)) await subject.close()
  })
  const start = async (bounds: LedgerBounds = {}) => {
    const subject = await make(bounds)
    subjects.push(subject)
    return subject
  }
  /** Handles numbers up to this one. */
  const handle = async (ledger: Ledger, client: string, from: number, to: number, json = '{}') => {
    for (let number = from; number <= to; number += 1) {
      expect(await ledger.claim(client, number)).toEqual({ state: 'mine' })
      expect(await ledger.settle(client, { number, json }, [])).toEqual({ state: 'settled' })
    }
  }

  test('a claim is given in order, and only to those who said hello', async () => {
    const { ledger } = await start()
    expect(await ledger.claim('a', 1)).toEqual({ state: 'unknown-client' })
    expect(await ledger.open('a', 1, 1, [])).toEqual({ handled: null, outcomes: [] })
    expect(await ledger.claim('a', 1)).toEqual({ state: 'mine' })
    expect(await ledger.claim('a', 3)).toEqual({ state: 'out-of-order' })
    // Claimed, and not settled: the client hears nothing of it as handled.
    expect(await ledger.open('a', 1, 2, [])).toEqual({ handled: 0, outcomes: [] })
    await ledger.settle('a', { number: 1, json: '{"é":"日本"}' }, [])
    const outcome = { number: 1, json: '{"é":"日本"}' }
    expect(await ledger.claim('a', 1)).toEqual({ state: 'handled', outcome })
    expect(await ledger.open('a', 1, 2, [])).toEqual({ handled: 1, outcomes: [outcome] })
    expect(await ledger.open('a', 2, 2, [])).toEqual({ handled: 1, outcomes: [] })
    expect(await ledger.claim('a', 1)).toEqual({ state: 'handled', outcome: undefined })
    expect(await ledger.claim('a', 2)).toEqual({ state: 'mine' })
  })

  test('of many who ask at once for a client, one makes it known', async () => {
    const { ledger } = await start()
    const opened = await Promise.all(Array.from({ length: 20 }, () => ledger.open('a', 1, 1, [])))
    const unknown = { handled: null, outcomes: [] }
    expect(opened.filter((account) => account !== 'forgotten' && account.handled === null)).toEqual([unknown])
    expect(opened.filter((account) => account !== 'forgotten' && account.handled === 0)).toHaveLength(19)
  })

  test('outcomes go when the client has them', async () => {
    const { ledger } = await start()
    await ledger.open('a', 1, 1, [])
    await handle(ledger, 'a', 1, 5)
    await ledger.acknowledge('a', 4)
    expect(await ledger.open('a', 1, 6, [])).toEqual({
      handled: 5,
      outcomes: [
        { number: 4, json: '{}' },
        { number: 5, json: '{}' },
      ],
    })
    // More than there are, and a client that nobody knows.
    await ledger.acknowledge('a', 9_007_199_254_740_991)
    await ledger.acknowledge('nobody', 3)
    expect(await ledger.claim('nobody', 1)).toEqual({ state: 'unknown-client' })
    await handle(ledger, 'a', 6, 7)
    expect(await ledger.open('a', 1, 6, [])).toMatchObject({ handled: 7, outcomes: [{ number: 6 }, { number: 7 }] })
  })

  test('a client begins with the outcomes that it is given', async () => {
    const { ledger } = await start()
    const outcomes = [3, 4].map((number) => ({ number, json: `"${number}"` }))
    expect(await ledger.open('a', 3, 5, outcomes)).toEqual({ handled: null, outcomes: [] })
    expect(await ledger.open('a', 3, 5, [])).toEqual({ handled: 4, outcomes })
    expect(await ledger.claim('a', 4)).toEqual({ state: 'handled', outcome: outcomes[1] })
    await handle(ledger, 'a', 5, 5)
    expect(await ledger.open('a', 4, 6, [])).toMatchObject({ handled: 5, outcomes: [{ number: 4 }, { number: 5 }] })
  })

  test('a client that has outcomes from elsewhere is not known', async () => {
    const { ledger } = await start()
    await ledger.open('a', 1, 1, [])
    await handle(ledger, 'a', 1, 1)
    expect(await ledger.open('a', 2, 3, [])).toMatchObject({ handled: 1 })
    expect(await ledger.open('a', 9, 10, [])).toEqual({ handled: null, outcomes: [] })
    expect(await ledger.claim('a', 1)).toEqual({ state: 'handled', outcome: undefined })
    expect(await ledger.claim('a', 10)).toEqual({ state: 'mine' })
  })

  test('numbers may be as large as they can be', async () => {
    const { ledger } = await start()
    const next = 9_007_199_254_740_000
    await ledger.open('a', next - 2, next, [{ number: next - 1, json: '"before"' }])
    await handle(ledger, 'a', next, next + 2)
    const numbers = [next - 1, next, next + 1, next + 2].map((number) => ({ number }))
    expect(await ledger.open('a', next - 1, next + 3, [])).toMatchObject({ handled: next + 2, outcomes: numbers })
    await ledger.acknowledge('a', next + 2)
    expect(await ledger.open('a', 1, next + 3, [])).toMatchObject({ outcomes: [{ number: next + 2 }] })
  })

  test('outcomes are bounded for each client; what was handled stays known', async () => {
    const { ledger } = await start({ maxOutcomes: 2 })
    const given = [1, 2, 3].map((number) => ({ number, json: '{}' }))
    await ledger.open('a', 1, 4, given)
    expect(await ledger.open('a', 1, 4, [])).toEqual({ handled: 3, outcomes: given.slice(1) })
    await handle(ledger, 'a', 4, 8)
    expect(await ledger.open('a', 1, 9, [])).toMatchObject({ handled: 8, outcomes: [{ number: 7 }, { number: 8 }] })
    expect(await ledger.claim('a', 5)).toEqual({ state: 'handled', outcome: undefined })
  })

  test('clients are bounded in number: those that were away for longest make room', async () => {
    const { ledger, pass } = await start({ maxClients: 2 })
    for (const client of ['a', 'b', 'a', 'c']) {
      await ledger.open(client, 1, 1, [])
      await pass(5)
    }
    expect(await ledger.claim('b', 1)).toEqual({ state: 'unknown-client' })
    expect(await ledger.claim('a', 1)).toEqual({ state: 'mine' })
    expect(await ledger.claim('c', 1)).toEqual({ state: 'mine' })
  })

  test('clients are bounded in age, and those that are connected do not age', async () => {
    const { ledger, pass } = await start({ maxAge: 400 })
    for (const client of ['a', 'b', 'c']) await ledger.open(client, 1, 1, [])
    await pass(300)
    await ledger.touch(['a', 'nobody'])
    await ledger.acknowledge('b', 2)
    await pass(300)
    expect(await ledger.open('c', 1, 1, [])).toMatchObject({ handled: null })
    expect(await ledger.open('a', 1, 1, [])).toMatchObject({ handled: 0 })
    expect(await ledger.open('b', 1, 1, [])).toMatchObject({ handled: 0 })
    expect(await ledger.claim('nobody', 1)).toEqual({ state: 'unknown-client' })
  })
}
