import { expect, test } from 'vitest'
import { CarrierWatch } from '../../../src/server/carrier-watch.js'
import { FakeCarrier } from './fake-carrier.js'

const MARGIN = 5_000

/** A carrier whose other side can be asked whether it is there. */
class AskedCarrier extends FakeCarrier {
  answers = true
  asked = 0

  probe(): boolean {
    this.asked += 1
    return this.answers
  }
}

function watched(heartbeat: number) {
  const carrier = new AskedCarrier({ drained() {}, closed() {} })
  const watch = new CarrierWatch(carrier, { heartbeat, limits: { stalled: 30_000 } })
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms && carrier.ended === undefined; passed += heartbeat / 4) watch.tick(undefined)
  }
  return { carrier, pass }
}

test('who is asked answers within a heartbeat, where that is longer than the margin, or is gone', () => {
  const { carrier, pass } = watched(15_000)
  pass(30_000)
  expect(carrier).toMatchObject({ asked: 2, ended: undefined })
  carrier.answers = false
  pass(15_000)
  expect(carrier.ended).toBe('destroyed')
})

test('a busy browser may answer late, however short the heartbeat', () => {
  const { carrier, pass } = watched(300)
  for (const time of ['first', 'second']) {
    carrier.answers = false
    pass(MARGIN - 300)
    expect([time, carrier.ended]).toEqual([time, undefined])
    carrier.answers = true
    pass(300)
  }
  carrier.answers = false
  pass(MARGIN + 300)
  expect(carrier.ended).toBe('destroyed')
})

test('who has not taken all that was written is not asked: it is slow, which is another matter', () => {
  const { carrier, pass } = watched(300)
  carrier.answers = false
  carrier.queued = 1
  pass(60_000)
  expect(carrier).toMatchObject({ asked: 0, ended: undefined })
})
