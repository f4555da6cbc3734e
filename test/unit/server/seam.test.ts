import { describe, expect, test } from 'vitest'
import { encodeEvent } from '../../../src/server/blocks.js'
import { Connection } from '../../../src/server/connection.js'
import { createCore } from '../../../src/server/core.js'
import { memoryLedger } from '../../../src/server/memory-ledger.js'
import { PAGE } from '../../../src/server/subscriber.js'
import { eventsOf } from './blocks.js'
import { FakeCarrier, facts } from './fake-carrier.js'
import { SteppingHistory } from './stepping-history.js'

const CLIENT = 'abcdefghijklmnop'

type Kind = 'plain' | 'mine' | 'filtered' | 'to-me' | 'to-other' | 'ephemeral'
const KINDS: readonly Kind[] = ['plain', 'mine', 'filtered', 'to-me', 'to-other', 'ephemeral']
const AUDIENCE: Record<Kind, { topic?: string; to?: string }> = {
  plain: {},
  mine: { topic: 'mine' },
  filtered: { topic: 'other' },
  'to-me': { to: 'me' },
  'to-other': { to: 'you' },
  ephemeral: {},
}

interface Plan {
  /** What is published at a step, and how many entries are fed there; steps are counted from 0. */
  at(step: number, act: { publish(kind: Kind): void; deliver(count?: number): void }): void
  /** Events that are there before the client comes, of which it has heard the first. Default 2. */
  before?: number
  hellos?: number
  cursor?: 'old' | 'none'
  /** Whether the history is far away, so that what the feed has is not read from it. */
  remote?: boolean
}

/** Runs one join (or several hellos), every await of which is a step, and compares what arrived with what was published. */
async function run(plan: Plan): Promise<number> {
  let step = -1
  let published = 0
  const ids: string[] = []
  const visible: { number: number; id: string }[] = []
  const act = {
    publish(kind: Kind) {
      published += 1
      const item = { topic: AUDIENCE[kind].topic, to: AUDIENCE[kind].to, text: encodeEvent(kind, published) }
      if (kind === 'ephemeral') {
        history.announce(item)
        return
      }
      const id = String(history.append(item))
      ids.push(id)
      if (kind !== 'filtered' && kind !== 'to-other') visible.push({ number: published, id })
    },
    deliver: (count?: number) => history.deliver(count),
  }
  const next = () => {
    step += 1
    plan.at(step, act)
  }
  const history = new SteppingHistory(next)
  history.remote = plan.remote ?? false
  const ledger = memoryLedger()
  const core = createCore({
    history,
    heartbeat: 1e9,
    limits: plan.remote ? { recentEvents: 16 } : {},
    ledger: {
      ...ledger,
      async open(...values) {
        next()
        return ledger.open(...values)
      },
    },
    async authorize({ topics }) {
      next()
      await undefined
      return { principal: 'me', topics: topics.filter((topic) => topic === 'mine') }
    },
  })
  await core.started
  for (let count = 0; count < (plan.before ?? 2); count += 1) act.publish('plain')
  history.deliver()
  core.feed.flush()
  const cursor = plan.cursor === 'none' ? undefined : ids[0]

  let carrier: FakeCarrier | undefined
  const connection = new Connection(core, facts, (events) => (carrier = new FakeCarrier(events)))
  if (!carrier) throw new Error('no carrier')
  const fake = carrier
  connection.open()
  const hello = { cursor, topics: ['mine', 'other'], headers: {}, client: CLIENT, unacknowledged: 1, next: 1 }
  const hellos = plan.hellos ?? 1
  const joins: Promise<void>[] = []
  for (let number = 1; number <= hellos; number += 1) joins.push(connection.hello({ ...hello, number }))
  await Promise.all(joins)
  act.publish('plain')
  history.deliver()
  core.feed.flush()
  await new Promise((resolve) => setImmediate(resolve))

  // What counts begins with the ready of the last hello.
  const last = fake.blocks.findLastIndex(({ event }) => event === 'holdfast:ready')
  expect(fake.blocks.filter(({ event }) => event === 'holdfast:ready')).toHaveLength(hellos)
  const ready = fake.blocks[last]
  const heard = fake.blocks.slice(last + 1).filter(({ id, event }) => id !== undefined && event !== 'cursor')
  const from = ids.indexOf(ready?.id ?? '')
  const expected = visible.filter(({ id }) => ids.indexOf(id) > from).map(({ number }) => number)
  expect(from).toBeGreaterThanOrEqual(0)
  if (cursor !== undefined) expect(ready?.id).toBe(cursor)
  expect(heard.map(({ data }) => data)).toEqual(expected)
  const ephemeral = eventsOf(fake.blocks.slice(last + 1)).filter(([type]) => type === 'ephemeral')
  expect(new Set(ephemeral.map(([, data]) => data)).size).toBe(ephemeral.length)
  connection.close()
  return step
}

/** How many steps a join has when nothing happens in it. */
async function stepsOf(plan: Omit<Plan, 'at'>): Promise<number> {
  return (await run({ ...plan, at: () => {} })) + 1
}

describe('the seam between replay and live', () => {
  for (const before of [2, PAGE, PAGE + 1, PAGE + 2, 2 * PAGE + 1])
    test(`nothing is lost, doubled or reordered, whatever happens at each await (${before} events before)`, async () => {
      const steps = await stepsOf({ before })
      expect(steps).toBeGreaterThan(3)
      for (let at = 0; at < steps; at += 1)
        for (const kind of KINDS)
          for (let fed = at; fed <= steps; fed += 1)
            await run({
              before,
              at(step, { publish, deliver }) {
                if (step === at) publish(kind)
                if (step === fed) deliver()
              },
            })
    })

  test('with something published and fed at several awaits', async () => {
    const steps = await stepsOf({})
    for (let published = 1; published < 1 << steps; published += 1)
      for (let fed = 0; fed < 1 << steps; fed += 1)
        await run({
          at(step, { publish, deliver }) {
            if (published & (1 << step)) {
              publish('plain')
              publish('filtered')
              publish('ephemeral')
              publish('mine')
            }
            // Not all at once: the feed may come between the entries too.
            if (fed & (1 << step)) deliver(3)
          },
        })
  })

  // The feed holds 16 events: all of them, all until more come, not all.
  for (const before of [2, 14, 20])
    test(`with a history that is far away (${before} events before)`, async () => {
      const steps = await stepsOf({ before, remote: true })
      expect(steps).toBe(before > 16 ? 4 : 2)
      for (let at = 0; at < steps; at += 1)
        for (const kind of KINDS)
          for (let fed = at; fed <= steps; fed += 1)
            await run({
              before,
              remote: true,
              at(step, { publish, deliver }) {
                if (step === at) for (let count = 0; count < 4; count += 1) publish(kind)
                if (step === fed) deliver()
              },
            })
    })

  test('without a cursor', async () => {
    const steps = await stepsOf({ cursor: 'none' })
    for (let at = 0; at < steps; at += 1)
      for (const kind of KINDS)
        for (let fed = at; fed <= steps; fed += 1)
          await run({
            cursor: 'none',
            at(step, { publish, deliver }) {
              if (step === at) publish(kind)
              if (step === fed) deliver()
            },
          })
  })

  test('with hellos that are repeated before the first is answered', async () => {
    const steps = await stepsOf({ hellos: 3 })
    for (let at = 0; at < steps; at += 1)
      for (const kind of KINDS)
        for (let fed = at; fed <= steps; fed += 1)
          await run({
            hellos: 3,
            at(step, { publish, deliver }) {
              if (step === at) publish(kind)
              if (step === fed) deliver()
            },
          })
  })

  test('when the feed goes on so fast that its ring no longer reaches back to the read', async () => {
    const steps = await stepsOf({})
    for (let at = 0; at < steps; at += 1)
      await run({
        at(step, { publish, deliver }) {
          if (step !== at) return
          for (let count = 0; count < 5_000; count += 1) publish('plain')
          deliver()
        },
      })
  })
})
