import { describe, expect, test, vi } from 'vitest'
import { encodeEvent } from '../../../src/server/blocks.js'
import { Connection } from '../../../src/server/connection.js'
import { createCore } from '../../../src/server/core.js'
import { createHub, type Hub, type HubOptions, memoryHistory } from '../../../src/server/index.js'
import { PAGE } from '../../../src/server/subscriber.js'
import { type Block, eventsOf, readBlocks } from './blocks.js'
import { FakeCarrier, facts } from './fake-carrier.js'
import { holdTimers } from './hold-timers.js'
import { SteppingHistory } from './stepping-history.js'

function hubWith(options: HubOptions): Hub {
  const hub = createHub(options)
  hub.onError(() => {})
  return hub
}

const atOnce = async (response: Response) => readBlocks(await response.text())

async function poll(hub: Hub, query: string, read = atOnce): Promise<Block[]> {
  return read(await hub.fetch(new Request(`http://app.test/live?carrier=poll${query}`)))
}

/** Where an answer says that it is whole: as its last word, and nowhere else. */
function wholeAt(blocks: readonly Block[]): string | undefined {
  expect(blocks.slice(0, -1).filter(({ event }) => event === 'cursor')).toEqual([])
  const last = blocks.at(-1)
  return last?.event === 'cursor' ? last.id : undefined
}

/** Reads an answer when the time is over in which it goes on. */
async function late(response: Response): Promise<Block[]> {
  await new Promise((resolve) => setImmediate(resolve))
  await vi.advanceTimersByTimeAsync(1_000)
  return atOnce(response)
}

/** Polls until an answer is whole. */
async function follow(
  hub: Hub,
  from: string,
  answered = (_blocks: Block[]) => {},
  read = atOnce,
): Promise<[Block[], number]> {
  const all: Block[] = []
  let cursor = from
  for (let answers = 1; ; answers += 1) {
    expect(answers).toBeLessThan(1_000)
    const blocks = await poll(hub, `&cursor=${cursor}`, read)
    answered(blocks)
    all.push(...blocks)
    const whole = wholeAt(blocks)
    if (whole !== undefined) return [all, answers]
    cursor = blocks.findLast(({ id }) => id !== undefined)?.id ?? cursor
  }
}

const numbers = (blocks: readonly Block[]) => eventsOf(blocks).map(([, data]) => data)
const upTo = (end: number) => Array.from({ length: end }, (_, index) => index)

describe('an answer to a poll that holds all there is ends with its position', () => {
  test('without a cursor, with one, with events, and with events of others', async () => {
    const hub = hubWith({})
    const first = await hub.publish('tick', 0)
    expect(wholeAt(await poll(hub, ''))).toBe(first)
    expect(wholeAt(await poll(hub, `&cursor=${first}`))).toBe(first)
    const second = await hub.publish('tick', 1)
    expect(wholeAt(await poll(hub, `&cursor=${first}`))).toBe(second)
    const third = await hub.publish('tick', 2, { topic: 'other' })
    expect(wholeAt(await poll(hub, `&cursor=${first}`))).toBe(third)
    expect(wholeAt(await poll(hub, '&cursor=nobody.knows'))).toBe(third)
  })

  test('when its wait is over, and when something came', async () => {
    const hub = hubWith({})
    const first = await hub.publish('tick', 0)
    expect(wholeAt(await poll(hub, `&cursor=${first}&wait=20`))).toBe(first)
    const waiting = poll(hub, `&cursor=${first}&wait=10000`)
    await vi.waitFor(() => expect(hub.clients.size).toBe(1))
    hub.publish('tick', 1)
    const last = await hub.publish('tick', 2)
    const blocks = await waiting
    expect(numbers(blocks)).toEqual([1, 2])
    expect(wholeAt(blocks)).toBe(last)
  })

  test('with what was published in the moment in which it ends', async () => {
    const core = createCore({})
    let carrier: FakeCarrier | undefined
    const connection = new Connection(core, facts, (events) => (carrier = new FakeCarrier(events, 'long-poll')))
    const hello = { number: 1, topics: [], headers: {}, client: undefined, unacknowledged: 1, next: 1 }
    await connection.hello({ ...hello, cursor: undefined })
    const id = core.history.append({ topic: undefined, to: undefined, text: encodeEvent('tick', 1) })
    connection.finish()
    expect(carrier?.blocks.slice(1)).toEqual([
      { id, event: 'tick', data: 1 },
      { id, event: 'cursor' },
    ])
    expect(carrier?.ended).toBe('done')
  })

  test('where that is more than may be held at once', async () => {
    const hub = hubWith({ limits: { queuedBytes: 10_000 } })
    const start = String(await hub.publish('start'))
    for (let number = 0; number < 30_000; number += 1) hub.publish('tick', number)
    const [blocks, answers] = await follow(hub, start)
    expect(numbers(blocks)).toEqual(upTo(30_000))
    expect(answers).toBe(1)
  })

  test('when the history was cut while it was waited', async () => {
    let cut = () => {}
    const memory = memoryHistory()
    const open: typeof memory.open = (listener) => {
      cut = () => listener.gap('elsewhere.1')
      return memory.open(listener)
    }
    const hub = hubWith({ history: { ...memory, open } })
    const waiting = poll(hub, '&wait=10000')
    await vi.waitFor(() => expect(hub.clients.size).toBe(1))
    cut()
    const blocks = await waiting
    expect(blocks.map(({ event }) => event).slice(2)).toEqual(['holdfast:gap', 'cursor'])
    expect(wholeAt(blocks)).toBe('elsewhere.1')
  })

  test('when the server asks to leave, but has said everything', async () => {
    const hub = hubWith({})
    const waiting = poll(hub, '&wait=10000')
    await vi.waitFor(() => expect(hub.clients.size).toBe(1))
    await hub.drain({ window: 1 })
    const blocks = await waiting
    expect(blocks.map(({ event }) => event).slice(2)).toEqual(['holdfast:drain', 'cursor'])
  })
})

describe('an answer that holds only a part does not', () => {
  test.each([
    ['much', 10_000],
    ['least of all', 1],
  ])('where %s may be held, and nobody takes it, the parts hold everything once', async (_, queuedBytes) => {
    holdTimers()
    const hub = hubWith({ limits: { queuedBytes } })
    const start = String(await hub.publish('start'))
    for (let number = 0; number < 5_000; number += 1) hub.publish('tick', number)
    const [blocks, answers] = await follow(hub, start, () => {}, late)
    expect(numbers(blocks)).toEqual(upTo(5_000))
    expect(answers).toBeGreaterThan(2)
    // What brings nothing is whole, however little may be held.
    const position = String(await hub.position())
    expect(wholeAt(await poll(hub, `&cursor=${position}`))).toBe(position)
  })

  test('nor where a burst is more than may be held, and nobody takes it', async () => {
    holdTimers()
    const hub = hubWith({ limits: { queuedBytes: 1_000 } })
    const start = String(await hub.publish('start'))
    const waiting = await hub.fetch(new Request(`http://app.test/live?carrier=poll&cursor=${start}&wait=10000`))
    expect(hub.clients.size).toBe(1)
    for (let number = 0; number < 5_000; number += 1) hub.publish('tick', number)
    const blocks = await late(waiting)
    expect(wholeAt(blocks)).toBeUndefined()
    const [rest] = await follow(hub, blocks.at(-1)?.id ?? '')
    expect(numbers([...blocks, ...rest])).toEqual(upTo(5_000))
  })

  test.each([1, 2, 3, 5, 8])('with %i more published at each await of a history that takes time', async (count) => {
    let published = 0
    const ids: string[] = []
    const publish = (many: number) => {
      for (let done = 0; done < many; done += 1) {
        const text = `event: tick\ndata: ${published++}\n\n`
        ids.push(String(history.append({ topic: undefined, to: undefined, text })))
      }
    }
    const history = new SteppingHistory(() => {
      if (published > 2_500) return
      publish(count)
      history.deliver(count - 1)
    })
    const hub = hubWith({ history, limits: { queuedBytes: 2_000, recentEvents: 4 } })
    const start = await hub.position()
    publish(2_000)
    let heard = 0
    const [blocks] = await follow(hub, start, (answer) => {
      heard += eventsOf(answer).length
      const whole = wholeAt(answer)
      // Everything up to there was heard, and nothing beyond.
      if (whole !== undefined) expect(ids.indexOf(whole)).toBe(heard - 1)
    })
    expect(numbers(blocks)).toEqual(upTo(heard))
    expect(heard).toBeGreaterThanOrEqual(2_000)
  })

  test('nor where the server fails or asks to leave in the middle', async () => {
    const memory = memoryHistory()
    let read = memory.read.bind(memory)
    const hub = hubWith({ history: { ...memory, read: (...place) => read(...place) } })
    const start = await hub.publish('start')
    for (let number = 0; number < 2 * PAGE; number += 1) hub.publish('tick', number)
    await hub.position()

    let reads = 0
    read = async (...place) => {
      if (++reads === 2) throw new Error('down')
      return memory.read(...place)
    }
    const failed = await poll(hub, `&cursor=${start}`)
    expect(wholeAt(failed)).toBeUndefined()
    expect(failed.at(-1)?.event).toBe('holdfast:error')

    reads = 0
    let drained: Promise<void> | undefined
    read = async (...place) => {
      if (++reads === 2) {
        drained = hub.drain({ window: 1 })
        // Until the answer is over.
        await vi.waitFor(() => expect(hub.clients.size).toBe(0))
      }
      return memory.read(...place)
    }
    const left = await poll(hub, `&cursor=${start}`)
    expect(numbers(left)).toEqual(upTo(PAGE))
    expect(wholeAt(left)).toBeUndefined()
    expect(left.at(-1)?.event).toBe('holdfast:drain')
    await drained
  })
})
