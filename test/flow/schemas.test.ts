import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type ConnectOptions, connect, type HoldfastError, longPoll, sse, websocket } from '../../src/index.js'
import { createHub, type HubOptions } from '../../src/server/index.js'

// Each takes a text at data.at, and makes a number of it.
const libraries = [
  ['zod over websocket', websocket, z.object({ at: z.string().transform(Number) })],
  ['valibot over sse', sse, v.object({ at: v.pipe(v.string(), v.transform(Number)) })],
  ['arktype over long-poll', longPoll, type({ at: 'string.numeric.parse' })],
] as const

async function start(page: ConnectOptions, server: HubOptions) {
  const hub = createHub(server)
  const http = createServer()
  hub.attach(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const live = connect(`http://127.0.0.1:${(http.address() as AddressInfo).port}/live`, page)
  onTestFinished(async () => {
    live.close()
    await hub.close()
    http.closeAllConnections()
    http.close()
  })
  const errors: HoldfastError[] = []
  live.onError((error) => errors.push(error))
  await live.opened
  return { hub, live, errors }
}

describe.each(libraries)('%s', (_, transport, fit) => {
  const schemas = { schema: { price: fit }, sendSchema: { order: fit }, replySchema: { order: fit } }

  test('with the same schemas on both sides each hears what they make, and what does not fit gets nowhere', async () => {
    const { hub, live, errors } = await start({ transports: [transport()], ...schemas }, schemas as HubOptions)
    const handled: unknown[] = []
    hub.onMessage(({ data }) => {
      handled.push(data)
      return { at: '9' }
    })
    const items = live.events('price')
    expect(() => hub.publish('price', { at: 7 })).toThrow(TypeError)
    await hub.publish('price', { at: '7' })
    expect((await items.next()).value).toMatchObject({ type: 'price', data: { at: 7 } })
    await expect(live.send('order', { at: 8 })).rejects.toMatchObject({ code: 'schema' })
    expect(await live.send('order', { at: '8' })).toEqual({ at: 9 })
    expect(handled).toEqual([{ at: 8 }])
    expect(errors).toEqual([])
  })

  test('a page without schemas is told what the hub will not handle', async () => {
    const { hub, live } = await start({ transports: [transport()] }, { sendSchema: { order: fit } } as HubOptions)
    const handled: unknown[] = []
    hub.onMessage(({ data }) => void handled.push(data))
    const sends = [{ at: '1' }, { at: 2 }, { at: '3' }].map((data) => live.send('order', data))
    expect(await Promise.allSettled(sends)).toMatchObject([
      { status: 'fulfilled' },
      { reason: { name: 'HoldfastError', code: 'schema', message: expect.stringContaining('data.at: ') } },
      { status: 'fulfilled' },
    ])
    expect(handled).toEqual([{ at: 1 }, { at: 3 }])
  })

  test('a page with schemas rejects what a hub without them says, and goes on', async () => {
    const { hub, live, errors } = await start({ transports: [transport()], ...schemas }, {})
    hub.onMessage(() => ({ at: 9 }))
    const items = live.events('price')
    await hub.publish('price', { at: 7 })
    const id = await hub.publish('price', { at: '8' })
    expect((await items.next()).value).toEqual({ type: 'price', data: { at: 8 }, id })
    expect(errors.map(({ code }) => code)).toEqual(['schema'])
    expect(errors[0]?.issues?.[0]?.message).toMatch(/\S/)
    await expect(live.send('order', { at: '8' })).rejects.toMatchObject({ code: 'schema' })
    expect(live.state).toMatchObject({ status: 'open', lastEventId: id })
  })
})
