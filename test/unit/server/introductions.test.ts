import { describe, expect, test } from 'vitest'
import { type Ledger, memoryHistory, memoryLedger } from '../../../src/server/index.js'
import { hello, post, results, start } from './introducing.js'
import { Served } from './served.js'

describe('a send that says next', () => {
  test('introduces its client', async () => {
    const { hub, handled } = start()
    expect(await results(post(hub, [1, 2], { next: 1 }))).toEqual({ 1: 'handled 1', 2: 'handled 2' })
    expect(await results(post(hub, [3], { unacknowledged: 3, next: 3 }))).toEqual({ 3: 'handled 3' })
    expect(handled).toEqual([1, 2, 3])
    expect(await hello(hub, 3, 4)).toMatchObject({ ready: { handled: 3 }, outcomes: { 3: 'handled 3' } })
  })

  test('does so on a WebSocket whose hello named no client', async () => {
    await using served = await Served.start()
    served.hub.onMessage(({ number }) => number)
    const socket = served.socket()
    await socket.block('holdfast:ready')
    socket.send([1], { next: 1 })
    expect((await socket.block('holdfast:result')).data).toEqual({ number: 1, data: 1 })
  })

  test('without it the server says that it does not know the client', async () => {
    const { hub, handled } = start()
    const refused = await post(hub, [1])
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ code: 'unknown-client' })
    expect((await post(hub, [1], { next: 0 })).status).toBe(400)
    expect(handled).toEqual([])
  })

  test('nor does it know one of which it knows less than the client has had already', async () => {
    const { hub, handled } = start()
    await post(hub, [1], { next: 1 })
    const refused = await post(hub, [3], { unacknowledged: 3 })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ code: 'unknown-client' })
    // What it has not had could have come: then it is the client that is wrong.
    expect((await post(hub, [3], { unacknowledged: 2 })).status).toBe(400)
    expect(handled).toEqual([1])
  })

  test('what was transmitted before is unconfirmed, and never handled, in whichever frame it comes', async () => {
    const { hub, handled } = start()
    const frame = { unacknowledged: 3, next: 6 }
    // Not all of it fits into the frame that introduces.
    expect(await results(post(hub, [3], frame))).toEqual({ 3: 'unconfirmed' })
    expect(await results(post(hub, [4, 5, 6], frame))).toEqual({ 4: 'unconfirmed', 5: 'unconfirmed', 6: 'handled 6' })
    expect(await results(post(hub, [3, 4, 5], { next: 7 }))).toMatchObject({ 3: 'unconfirmed', 5: 'unconfirmed' })
    expect(handled).toEqual([6])
  })

  test('nor where no frame comes any more, but a hello: its outcome follows the ready, until the client has it', async () => {
    const { hub } = start()
    await post(hub, [3, 4], { unacknowledged: 3, next: 6 })
    expect(await hello(hub, 4, 6)).toMatchObject({
      ready: { handled: 5 },
      outcomes: { 4: 'unconfirmed', 5: 'unconfirmed' },
    })
    expect((await hello(hub, 6, 6)).outcomes).toEqual({})
  })

  test('a restart between two frames: handled by the one before is not handled by the one after', async () => {
    const [before, after] = [start(), start()]
    await post(before.hub, [1], { next: 1 })
    expect(await results(post(after.hub, [1, 2], { next: 2 }))).toEqual({ 1: 'unconfirmed', 2: 'handled 2' })
    expect([before.handled, after.handled]).toEqual([[1], [2]])
  })

  test('a restart between two frames, and a copy of what introduced the client then: handled by one of them alone', async () => {
    const [before, after] = [start(), start()]
    await post(before.hub, [], { next: 1 })
    const { ready } = await hello(before.hub, 1, 1)
    const { epoch } = ready as { epoch: string }
    expect(await results(post(before.hub, [1], { epoch }))).toEqual({ 1: 'handled 1' })
    // As user agents do with a request whose connection broke.
    await post(after.hub, [], { next: 1 })
    for (const frame of [{ epoch }, { epoch, next: 1 }]) {
      const refused = await post(after.hub, [1], frame)
      expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'unknown-client' }])
    }
    expect([before.handled, after.handled]).toEqual([[1], []])
    expect((await post(after.hub, [], { epoch, next: 2 })).status).toBe(200)
  })

  test('a ledger that forgets in the middle of a frame: what was handled before it is not handled again', async () => {
    let ledger = memoryLedger()
    const { hub, handled } = start({
      ledger: {
        // Of this client alone.
        epoch: 'the same',
        open: (...asked) => ledger.open(...asked),
        claim: (...asked) => ledger.claim(...asked),
        settle: async (client, outcome, items) => {
          const settled = await ledger.settle(client, outcome, items)
          if (outcome.number === 2) ledger = memoryLedger()
          return settled
        },
        acknowledge: (...asked) => ledger.acknowledge(...asked),
        touch: (...asked) => ledger.touch(...asked),
      },
    })
    const answer = { 1: 'handled 1', 2: 'handled 2', 3: 'handled 3', 4: 'handled 4' }
    expect(await results(post(hub, [1, 2, 3, 4], { next: 1 }))).toEqual(answer)
    // The answer was lost.
    const again = { 1: 'unconfirmed', 2: 'unconfirmed', 3: 'handled 3', 4: 'handled 4', 5: 'handled 5' }
    expect(await results(post(hub, [1, 2, 3, 4, 5], { next: 5 }))).toEqual(again)
    expect(handled).toEqual([1, 2, 3, 4, 5])
  })

  test('a server that knows less than the client begins anew', async () => {
    const { hub, handled } = start()
    await hello(hub, 1, 1)
    await post(hub, [1], { next: 1 })
    const frame = { unacknowledged: 8, next: 9 }
    expect(await results(post(hub, [8, 9], frame))).toEqual({ 8: 'unconfirmed', 9: 'handled 9' })
    expect(handled).toEqual([1, 9])
  })

  test('one that knows the client takes no notice of it', async () => {
    const { hub, handled } = start()
    await post(hub, [1], { next: 1 })
    expect(await results(post(hub, [1, 2], { next: 2 }))).toEqual({ 1: 'handled 1', 2: 'handled 2' })
    expect(await results(post(hub, [1, 2], { next: 1 }))).toEqual({ 1: 'handled 1', 2: 'handled 2' })
    expect((await post(hub, [5], { next: 5 })).status).toBe(400)
    expect(handled).toEqual([1, 2])
  })

  test('whatever it says, no more than what may be on its way is kept', async () => {
    const given: number[] = []
    const memory = memoryLedger()
    const open: Ledger['open'] = (client, unacknowledged, next, outcomes) => {
      given.push(...outcomes.map(({ number }) => number))
      return memory.open(client, unacknowledged, next, outcomes)
    }
    const { hub, handled } = start({ ledger: { ...memory, open } })
    const next = 1_000_000_000
    expect(await results(post(hub, [next - 65, next - 64, next], { next }))).toEqual({
      [next - 65]: 'outcome-lost',
      [next - 64]: 'unconfirmed',
      [next]: `handled ${next}`,
    })
    expect(given).toEqual(Array.from({ length: 64 }, (_, index) => next - 64 + index))
    expect(handled).toEqual([next])
  })

  test('costs a client that is known nothing', async () => {
    const memory = memoryLedger()
    const asked: string[] = []
    const ledger: Ledger = {
      ...memory,
      open(...given) {
        asked.push('open')
        return memory.open(...given)
      },
      claim(...given) {
        asked.push('claim')
        return memory.claim(...given)
      },
    }
    const { hub } = start({ ledger })
    await hello(hub, 1, 1)
    await (await post(hub, [1, 2], { next: 1 })).text()
    expect(asked).toEqual(['open', 'claim', 'claim'])
  })

  test('a ledger that fails leaves it to the next frame', async () => {
    const memory = memoryLedger()
    let down = true
    const open: Ledger['open'] = async (...given) => {
      if (down) throw new Error('down')
      return memory.open(...given)
    }
    const { hub, handled } = start({ ledger: { ...memory, open } })
    const errors: unknown[] = []
    hub.onError((error) => errors.push(error))
    expect((await post(hub, [1], { next: 1 })).status).toBe(503)
    expect(errors).toEqual([new Error('down')])
    down = false
    expect(await results(post(hub, [1, 2], { next: 2 }))).toEqual({ 1: 'unconfirmed', 2: 'handled 2' })
    expect(handled).toEqual([2])
  })
})

describe('a hello', () => {
  test('whose ready was lost leaves nobody waiting: the next one is told what is unconfirmed', async () => {
    const { hub, handled } = start()
    expect(await hello(hub, 3, 6)).toMatchObject({ ready: { handled: null }, outcomes: {} })
    const unconfirmed = { 3: 'unconfirmed', 4: 'unconfirmed', 5: 'unconfirmed' }
    for (let times = 0; times < 2; times += 1) {
      const { ready, outcomes } = await hello(hub, 3, 6)
      expect(ready).toMatchObject({ handled: 5 })
      expect(outcomes).toEqual(unconfirmed)
    }
    expect(await results(post(hub, [3, 4, 5, 6], { unacknowledged: 3 }))).toEqual({ ...unconfirmed, 6: 'handled 6' })
    expect(await hello(hub, 6, 7)).toMatchObject({ ready: { handled: 6 }, outcomes: { 6: 'handled 6' } })
    expect(handled).toEqual([6])
  })

  test('of a client whose outcomes are not all kept any more is told which are lost, in order', async () => {
    const { hub } = start({ ledger: memoryLedger({ maxOutcomes: 2 }) })
    await hello(hub, 1, 1)
    await (await post(hub, [1, 2, 3, 4, 5])).text()
    const { ready, outcomes } = await hello(hub, 2, 6)
    expect(ready).toMatchObject({ handled: 5 })
    expect(Object.entries(outcomes)).toEqual([
      ['2', 'outcome-lost'],
      ['3', 'outcome-lost'],
      ['4', 'handled 4'],
      ['5', 'handled 5'],
    ])
    expect((await hello(hub, 6, 6)).outcomes).toEqual({})
  })

  test('is told so of what was claimed by a process that died over it, as soon as more was handled', async () => {
    const memory = memoryLedger()
    const settle: Ledger['settle'] = (client, outcome, items) =>
      outcome.number > 1 ? memory.settle(client, outcome, items) : { state: 'settled' }
    const { hub } = start({ ledger: { ...memory, settle } })
    await hello(hub, 1, 1)
    await (await post(hub, [1])).text()
    expect(await hello(hub, 1, 2)).toMatchObject({ ready: { handled: 0 }, outcomes: {} })
    await (await post(hub, [2])).text()
    expect((await hello(hub, 1, 3)).outcomes).toEqual({ 1: 'outcome-lost', 2: 'handled 2' })
  })

  test.each([
    ['not known', 'unconfirmed', memoryLedger()],
    ['not kept any more', 'outcome-lost', memoryLedger({ maxOutcomes: 1, maxBytes: 1 })],
  ])('is told of no more than may be on its way, where everything is %s', async (_, code, ledger) => {
    const { hub } = start({ ledger })
    const next = 1_000_000_000
    await hello(hub, 1, next)
    const { ready, outcomes } = await hello(hub, 1, next)
    expect(ready).toMatchObject({ handled: next - 1 })
    expect(outcomes).toEqual(Object.fromEntries(Array.from({ length: 64 }, (_, index) => [next - 64 + index, code])))
  })
})

test('as long as the history cannot be opened whoever asks is told to come again, on every way', async () => {
  const memory = memoryHistory()
  let fails = true
  const { hub, handled } = start({
    history: {
      ...memory,
      open: (listener) => (fails ? Promise.reject(new Error('away')) : memory.open(listener)),
    },
  })
  hub.onError(() => {})
  const get = () => hub.fetch(new Request('http://app.test/live?carrier=poll'))
  for (const ask of [() => post(hub, [1], { next: 1 }), () => post(hub, [], { next: 1 }), get]) {
    const refused = await ask()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await refused.json()).toMatchObject({ code: 'unavailable' })
  }
  fails = false
  expect(await results(post(hub, [1], { next: 1 }))).toEqual({ 1: 'handled 1' })
  expect((await get()).status).toBe(200)
  expect(handled).toEqual([1])
})

test('a ledger without an epoch is none', () => {
  const ledger = { ...memoryLedger() }
  Reflect.deleteProperty(ledger, 'epoch')
  expect(() => start({ ledger })).toThrow('ledger must have an epoch')
})
