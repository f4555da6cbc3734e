import { describe, expect, test } from 'vitest'
import { Handling } from '../../../src/server/handling.js'
import { type Ledger, memoryHistory, memoryLedger } from '../../../src/server/index.js'
import { defaultLimits } from '../../../src/server/limits.js'
import { Outbox } from '../../../src/server/outbox.js'
import { Sends } from '../../../src/server/sends.js'
import { CLIENT } from './served.js'

type Random = (below: number) => number

/** A small seeded generator (MINSTD): the seed in the test's name reproduces the run. */
function seeded(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** A ledger that several processes share: what is asked takes effect, and is answered, at any later moment. */
function distant(random: Random): Ledger {
  const memory = memoryLedger()
  const far = async <Value>(ask: () => Value): Promise<Awaited<Value>> => {
    for (let turns = random(6); turns > 0; turns -= 1) await undefined
    const answer = await ask()
    for (let turns = random(6); turns > 0; turns -= 1) await undefined
    return answer
  }
  return {
    epoch: memory.epoch,
    open: (...given) => far(() => memory.open(...given)),
    claim: (...given) => far(() => memory.claim(...given)),
    settle: (...given) => far(() => memory.settle(...given)),
    acknowledge: (...given) => far(() => memory.acknowledge(...given)),
    touch: (...given) => far(() => memory.touch(...given)),
  }
}

interface Run {
  /** How often each number was handled. */
  handled: Map<number, number>
  /** What the page was told of each number: the code of an error, or that it was handled. */
  told: Map<number, string>
  refused: string[]
}

/**
 * One client, and a server of two processes behind a balancer. The client sends again, in one frame, all that it has no
 * answer to, whether it has waited for the frame before or given it up; sometimes it says hello.
 */
async function simulate(random: Random, { messages = 8, restarts = false, hellos = false }): Promise<Run> {
  const handled = new Map<number, number>()
  const told = new Map<number, string>()
  const refused: string[] = []
  const begin = () => {
    const ledger = distant(random)
    return [1, 2].map(() => {
      const report = (error: unknown) => refused.push(String(error))
      const handling = new Handling({ limits: defaultLimits, schemas: {} }, report)
      handling.handler = async ({ number }) => {
        handled.set(number, (handled.get(number) ?? 0) + 1)
        for (let turns = random(10); turns > 0; turns -= 1) await undefined
      }
      const outbox = new Outbox(memoryHistory(), ledger, report)
      return new Sends({ ledger, handling, outbox, limits: defaultLimits, report })
    })
  }

  let server = begin()
  let next = 1
  const open = () => Array.from({ length: next - 1 }, (_, index) => index + 1).filter((number) => !told.has(number))
  const unfinished: Promise<void>[] = []
  while (next <= messages || open().length > 0) {
    if (restarts && random(6) === 0) server = begin()
    const unacknowledged = open()[0] ?? next
    if (hellos && random(4) === 0) {
      const ready = await server[random(2)]?.open(Sends.account('tag', CLIENT), unacknowledged, next)
      // It is lost, as often as not.
      if (ready && random(2) === 0) {
        for (const json of ready.results) {
          const { number } = JSON.parse(json)
          if (!told.has(number)) told.set(number, codeOf(json))
        }
        if (ready.handled === null) for (const number of open()) told.set(number, 'unconfirmed')
        for (const number of open()) expect(number).toBeGreaterThan(ready.handled ?? 0)
      }
    }
    const first = next
    next = Math.min(messages + 1, next + random(3))
    const numbers = open()
    const send = {
      client: CLIENT,
      epoch: undefined,
      unacknowledged,
      next: first,
      messages: numbers.map((number) => ({ number, type: 'chat', data: undefined })),
    }
    const sender = { id: CLIENT, principal: 'me', transport: 'post' as const }
    let listening = true
    const done = Promise.withResolvers<void>()
    server[random(2)]?.submit('tag', sender, send, {
      accepted() {},
      pong() {},
      result(json) {
        const { number } = JSON.parse(json)
        if (listening && !told.has(number)) told.set(number, codeOf(json))
      },
      fail(refusal) {
        refused.push(refusal.message)
        done.resolve()
      },
      done: done.resolve,
    })
    unfinished.push(done.promise)
    // Its answer, or a part of it, is lost.
    if (random(2) === 0) for (let turns = random(30); turns > 0; turns -= 1) await undefined
    else await done.promise
    listening = false
  }
  await Promise.all(unfinished)
  return { handled, told, refused }
}

function codeOf(json: string): string {
  return JSON.parse(json).error?.code ?? 'handled'
}

describe.each([
  ['frames that overtake each other', {}],
  ['with hellos among them', { hellos: true }],
  ['with restarts that forget everything', { restarts: true }],
  ['with both', { hellos: true, restarts: true }],
])('%s', (_, options) => {
  test('handle nothing twice, and are answered with what is true', async () => {
    const codes = new Set<string>()
    for (let seed = 1; seed <= 500; seed += 1) {
      const { handled, told, refused } = await simulate(seeded(seed), options)
      expect({ seed, refused }).toEqual({ seed, refused: [] })
      for (const [number, code] of told) {
        codes.add(code)
        const times = handled.get(number) ?? 0
        const fits =
          code === 'handled'
            ? times === 1
            : // Without a loss of memory, what is unconfirmed was not handled, and what lost its outcome was.
              'restarts' in options
              ? times <= 1
              : times === (code === 'unconfirmed' ? 0 : 1)
        expect({ seed, number, code, times, fits }).toMatchObject({ fits: true })
      }
    }
    // Or the frames do not meet as they should.
    expect(codes).toEqual(new Set(['handled', 'unconfirmed', 'outcome-lost']))
  })
})
