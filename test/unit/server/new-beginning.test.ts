import { expect, test } from 'vitest'
import { Connection } from '../../../src/server/connection.js'
import { createCore } from '../../../src/server/core.js'
import type { History, HistoryEntry, HistoryListener } from '../../../src/server/history.js'
import { FakeCarrier, facts } from './fake-carrier.js'

const CLIENT = 'abcdefghijklmnop'
const turn = () => new Promise((resolve) => setImmediate(resolve))
const entry = (number: number): HistoryEntry => ({
  id: `new.${number}`,
  topic: undefined,
  to: undefined,
  text: `data: ${number}\n\n`,
})

/** A history far away that has begun anew, of which only who asks for a page has heard so far. */
class RenewedHistory implements History {
  readonly remote = true
  entries: HistoryEntry[] = []
  listener: HistoryListener | undefined

  open(listener: HistoryListener): string {
    this.listener = listener
    return 'old.9'
  }

  append(): string {
    throw new Error('not used')
  }

  announce(): void {}

  async read(after: string, limit: number): Promise<readonly HistoryEntry[] | 'unknown'> {
    const [generation, number] = after.split('.')
    if (generation !== 'new') return 'unknown'
    return this.entries.slice(Number(number), Number(number) + limit)
  }

  position(): string {
    return `new.${this.entries.length}`
  }
}

async function join(cursor: string) {
  const history = new RenewedHistory()
  history.entries = [entry(1), entry(2), entry(3)]
  const core = createCore({ history, heartbeat: 1e9 })
  await core.started
  let carrier: FakeCarrier | undefined
  const connection = new Connection(core, facts, (events) => (carrier = new FakeCarrier(events)))
  connection.open()
  await connection.hello({ number: 1, cursor, topics: [], headers: {}, client: CLIENT, unacknowledged: 1, next: 1 })
  await turn()
  const heard = () =>
    (carrier?.blocks ?? [])
      .filter(({ id, event }) => event === 'message' || (id !== undefined && event !== 'cursor'))
      .map(({ id, event }) => (event === 'message' ? id : `${event} ${id}`))
  /** The hub hears of it as well, and then of what was stored since. */
  const begin = async () => {
    history.listener?.gap('new.0')
    await turn()
    history.entries.push(entry(4))
    history.listener?.entries(history.entries)
    core.feed.flush()
    await turn()
  }
  return { connection, heard, begin }
}

test('who came to the new beginning before the hub goes on there, and hears nothing twice', async () => {
  const { connection, heard, begin } = await join('new.2')
  expect(heard()).toEqual(['holdfast:ready new.2', 'new.3'])
  await begin()
  expect(heard()).toEqual(['holdfast:ready new.2', 'new.3', 'new.4'])
  connection.close()
})

test('who stands where the hub did is told a gap, and hears all that follows', async () => {
  const { connection, heard, begin } = await join('old.9')
  expect(heard()).toEqual(['holdfast:ready old.9'])
  await begin()
  expect(heard()).toEqual(['holdfast:ready old.9', 'holdfast:gap new.0', 'new.1', 'new.2', 'new.3', 'new.4'])
  connection.close()
})
