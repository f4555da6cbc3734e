import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect, longPoll, sse, websocket } from '../../../src/index.js'
import { mockServer } from '../../../src/testing/index.js'

const mock = mockServer('https://app.test/live')
const server = setupServer(...mock.handlers)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => mock.reset())
afterAll(() => server.close())

describe.each([websocket(), sse(), longPoll()])('$name', (transport) => {
  test('carries events, and what the page sends', async () => {
    mock.onMessage(({ data }) => `got ${data}`)
    using live = connect('https://app.test/live', { transports: [transport] })
    const heard: unknown[] = []
    live.on('price', ({ data }) => heard.push(data))
    expect(await mock.connected()).toMatchObject({ transport: transport.name })
    await live.opened
    await mock.publish('price', 7)
    await expect.poll(() => heard).toEqual([7])
    expect(await live.send('chat', 'hi')).toBe('got hi')
    expect(await mock.received('chat')).toMatchObject({ type: 'chat', data: 'hi' })
    // Between two polls there is nobody.
    await expect.poll(() => mock.clients).toHaveLength(1)
    live.close()
    await expect.poll(() => mock.clients).toEqual([])
  })
})
