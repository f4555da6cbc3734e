import { describe, expect, test } from 'vitest'
import { type Ledger, memoryLedger } from '../../../src/server/index.js'
import { readBlocks } from './blocks.js'
import { hello, post, results, start } from './introducing.js'
import { CLIENT, Served } from './served.js'

describe('a send without messages', () => {
  const pong = [{ event: 'holdfast:pong', data: { epoch: expect.stringMatching(/^\w{12}$/) } }]
  const said = async (response: Promise<Response>) => readBlocks(await (await response).text())

  test('introduces its client before anything of it can be lost', async () => {
    const { hub, handled } = start()
    expect(await said(post(hub, [], { next: 1 }))).toEqual(pong)
    // A frame that had 1 and 2 was lost: the server knows that it has not handled them.
    expect(await said(post(hub, [], { next: 3 }))).toEqual(pong)
    expect(await results(post(hub, [1, 2, 3], { next: 3 }))).toMatchObject({ 1: 'handled 1', 3: 'handled 3' })
    expect(handled).toEqual([1, 2, 3])
    expect(await hello(hub, 4, 4)).toMatchObject({ ready: { handled: 3 } })
  })

  test('says what others may have handled', async () => {
    const { hub, handled } = start()
    expect(await said(post(hub, [], { unacknowledged: 3, next: 4 }))).toEqual(pong)
    expect(await results(post(hub, [3, 4], { unacknowledged: 3 }))).toEqual({ 3: 'unconfirmed', 4: 'handled 4' })
    expect(handled).toEqual([4])
  })

  test('does so on a WebSocket', async () => {
    await using served = await Served.start()
    served.hub.onMessage(({ number }) => number)
    const socket = served.socket(`?client=${CLIENT}`)
    const { data } = await socket.block('holdfast:ready')
    socket.send([], { next: 1 })
    expect((await socket.block('holdfast:pong')).data).toEqual({ epoch: (data as { epoch: string }).epoch })
    socket.send([1])
    expect((await socket.block('holdfast:result')).data).toEqual({ number: 1, data: 1 })
  })

  test('that does not say next is answered, and introduces nobody', async () => {
    const { hub } = start()
    expect(await said(post(hub, []))).toEqual(pong)
    expect((await post(hub, [1])).status).toBe(409)
  })

  test('that is refused introduces nobody', async () => {
    const statuses = [401, 403]
    const authorize = () => {
      const status = statuses.shift()
      if (status) throw Object.assign(new Error('refused'), { status })
      return { principal: 'me' }
    }
    const { hub } = start({ authorize })
    expect((await post(hub, [], { next: 1 })).status).toBe(401)
    expect((await post(hub, [], { next: 1 })).status).toBe(403)
    expect((await post(hub, [1])).status).toBe(409)
  })

  test('is refused where the ledger fails, on every carrier', async () => {
    const memory = memoryLedger()
    let down = false
    const open: Ledger['open'] = (...given) => {
      if (down) throw new Error('down')
      return memory.open(...given)
    }
    await using served = await Served.start({ ledger: { ...memory, open } })
    const socket = served.socket()
    await socket.block('holdfast:ready')
    down = true
    const answer = await post(served.hub, [], { next: 1 })
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'unavailable' })
    socket.send([], { next: 1 })
    expect((await socket.block('holdfast:error')).data).toMatchObject({ code: 'unavailable' })
    expect(socket.blocks.map(({ event }) => event)).not.toContain('holdfast:pong')
    expect(served.errors).toEqual([new Error('down'), new Error('down')])
    down = false
    expect((await post(served.hub, [1])).status).toBe(409)
  })
})
