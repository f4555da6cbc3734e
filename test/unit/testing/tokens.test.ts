import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ConnectOptions, connect, longPoll, sse, websocket } from '../../../src/index.js'
import { mockServer } from '../../../src/testing/index.js'
import { useFakeTime } from '../../support/fake-time.js'
import { pass } from './mocked.js'

const address = 'https://app.test/private'
const asked: (string | null)[] = []
const mock = mockServer(address, {
  authorize: ({ headers, topics }) => {
    const token = headers.get('authorization')
    asked.push(token)
    return token?.startsWith('Bearer ') ? { principal: 'ann', topics } : { status: 403 }
  },
})
const server = setupServer(...mock.handlers)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
useFakeTime()
afterEach(async () => {
  asked.length = 0
  await mock.reset()
})
afterAll(() => server.close())

/** A connection whose every token is another one. */
function open(options: ConnectOptions = {}) {
  const refused: boolean[] = []
  const headers: ConnectOptions['headers'] = (context) => {
    refused.push(context.refused)
    return { authorization: `Bearer ${refused.length}` }
  }
  return { refused, live: connect(address, { headers, ...options }) }
}

test.each([websocket(), sse(), longPoll()])(
  'expireTokens: the page asks for headers anew ($name)',
  async (transport) => {
    const { live, refused } = open({ transports: [transport], topics: ['room:7'] })
    await live.opened
    await mock.connected()
    expect(mock.clients).toMatchObject([{ principal: 'ann', topics: ['room:7'] }])
    await pass(100)
    mock.expireTokens()
    await pass(5_000)
    await mock.connected()
    expect(live.state.status).toBe('open')
    expect(refused.length).toBeGreaterThan(1)
    expect(new Set(asked)).toEqual(new Set(['Bearer 1', 'Bearer 2']))
    live.close()
  },
)

test('a page whose token does not change is refused for good', async () => {
  const live = connect(address, { headers: { authorization: 'Bearer same' } })
  await live.opened
  mock.expireTokens()
  await pass(5_000)
  expect(await live.closed).toBe('refused')
})

test('who is not allowed hears so', async () => {
  const live = connect(address, { headers: { authorization: 'Basic x' } })
  await expect(live.opened).rejects.toMatchObject({ code: 'forbidden' })
})
