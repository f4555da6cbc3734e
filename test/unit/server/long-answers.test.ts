import { describe, expect, test, vi } from 'vitest'
import { encodeEvent } from '../../../src/server/blocks.js'
import type { CarrierEvents } from '../../../src/server/carrier.js'
import { Connection } from '../../../src/server/connection.js'
import { type Core, createCore, type HubOptions } from '../../../src/server/core.js'
import type { Writer } from '../../../src/server/exchange.js'
import { PollCarrier } from '../../../src/server/http-carriers.js'
import { memoryHistory } from '../../../src/server/memory-history.js'
import { PACKET } from '../../../src/server/render.js'
import { PAGE } from '../../../src/server/subscriber.js'
import { eventsOf, readBlocks } from './blocks.js'
import { facts } from './fake-carrier.js'
import { holdTimers } from './hold-timers.js'
import { SteppingHistory } from './stepping-history.js'

/** The body of an answer, of which the test takes what was written. */
class Body implements Writer {
  text = ''
  queued = 0
  most = 0
  ended = false
  readonly #events: CarrierEvents

  constructor(events: CarrierEvents) {
    this.#events = events
  }

  write(text: string): void {
    expect(this.ended).toBe(false)
    this.text += text
    this.queued += text.length
    this.most = Math.max(this.most, this.queued)
  }

  take(): void {
    this.queued = 0
    if (!this.ended) this.#events.drained()
  }

  end(): void {
    this.ended = true
  }

  destroy(): void {
    this.ended = true
    this.#events.closed()
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const queuedBytes = 2 * PACKET
const count = 20_000

/** A core whose history has more than an answer may hold at once, after `start`. */
async function filled(
  options: HubOptions = {},
): Promise<{ core: Core; start: string; publish(number: number, topic?: string): void }> {
  const core = createCore({ limits: { queuedBytes }, ...options })
  await core.started
  const publish = (number: number, topic?: string) =>
    void core.history.append({ topic, to: undefined, text: encodeEvent('tick', number) })
  const start = core.feed.position
  for (let number = 0; number < count; number += 1) publish(number)
  return { core, start, publish }
}

/** Asks with a poll, and takes nothing. */
async function asked(core: Core, cursor: string, wait: number): Promise<Body> {
  let body: Body | undefined
  let poll: PollCarrier | undefined
  const connection = new Connection(
    core,
    facts,
    (polled) => (poll = new PollCarrier(polled, wait, (events) => (body = new Body(events)))),
  )
  connection.open()
  await connection.hello({ number: 1, cursor, topics: [], headers: {}, client: undefined, unacknowledged: 1, next: 1 })
  if (wait === 0) poll?.settle()
  if (body === undefined) throw new Error('No body.')
  return body
}

const numbersIn = ({ text }: Body) => eventsOf(readBlocks(text)).map(([, number]) => number)
const upTo = (end: number) => Array.from({ length: end }, (_, index) => index)

describe.each([0, 10_000])('an answer to a poll that waits for %i ms', (wait) => {
  test('goes on as its client takes it, and holds no more than it may', async () => {
    const { core, start } = await filled()
    const body = await asked(core, start, wait)
    let parts = 0
    for (; !body.ended; parts += 1) {
      await turn()
      body.take()
    }
    expect(numbersIn(body)).toEqual(upTo(count))
    expect(readBlocks(body.text).at(-1)).toEqual({ id: core.feed.position, event: 'cursor' })
    expect(parts).toBeGreaterThan(3)
    expect(body.most).toBeLessThan(queuedBytes + 2 * PACKET)
  })

  test('ends after a second, whole or not, so that who holds it back does not for long', async () => {
    holdTimers()
    const { core, start } = await filled()
    const body = await asked(core, start, wait)
    await turn()
    body.take()
    const before = body.text.length
    await vi.advanceTimersByTimeAsync(999)
    expect(body.ended).toBe(false)
    body.take()
    expect(body.text.length).toBeGreaterThan(before)
    await vi.advanceTimersByTimeAsync(1)
    expect(body.ended).toBe(true)
    expect(body.text).not.toContain('event: cursor')
    const heard = numbersIn(body)
    expect(heard).toEqual(upTo(heard.length))
    expect(vi.getTimerCount()).toBe(0)
  })

  test('ends at once where the hub asks to leave', async () => {
    holdTimers()
    const { core, start } = await filled()
    const body = await asked(core, start, wait)
    await turn()
    expect(vi.getTimerCount()).toBe(1)
    core.state = 'draining'
    body.take()
    await turn()
    expect(body.ended).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waits for a history that takes its time', async () => {
    const history = new SteppingHistory(() => {})
    const { core, start } = await filled({ history, limits: { queuedBytes, recentEvents: 4 } })
    const body = await asked(core, start, wait)
    while (!body.ended) {
      await turn()
      body.take()
    }
    expect(numbersIn(body)).toEqual(upTo(count))
  })

  test('ends where all that is left is for others', async () => {
    const memory = memoryHistory()
    const read: typeof memory.read = async (...place) => {
      await turn()
      await turn()
      return memory.read(...place)
    }
    const { core, start, publish } = await filled({ history: { ...memory, read } })
    for (let number = 0; number < 3 * PAGE; number += 1) publish(number, 'other')
    const body = await asked(core, start, wait)
    holdTimers()
    for (let turns = 0; !body.ended; turns += 1) {
      expect(turns).toBeLessThan(1_000)
      await turn()
      body.take()
    }
    expect(numbersIn(body)).toEqual(upTo(count))
  })

  test('that its client leaves has no timer left', async () => {
    holdTimers()
    const { core, start } = await filled()
    const body = await asked(core, start, wait)
    await turn()
    expect(vi.getTimerCount()).toBe(1)
    body.destroy()
    expect(vi.getTimerCount()).toBe(0)
  })
})
