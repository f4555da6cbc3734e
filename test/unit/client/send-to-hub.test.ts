import { afterEach, expect, test, vi } from 'vitest'
import { connect, sse } from '../../../src/core.js'
import { createHub } from '../../../src/server/index.js'
import { address } from './starting.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

test('a hub that refuses the first POST of a client of which it has never heard handles the next one', async () => {
  const posts: number[] = []
  const hub = createHub({
    authorize({ transport }) {
      const refused = transport === 'post' && posts.push(posts.length) === 1
      return refused ? { status: 401 } : { principal: 'me' }
    },
  })
  const handled: unknown[] = []
  hub.onMessage(({ number, type }) => {
    handled.push([number, type])
    return `handled ${type}`
  })
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    const url = new URL(input)
    // As where another tab holds the connection: the hub hears of this client by its sends alone.
    url.searchParams.delete('client')
    return hub.fetch(new Request(url, init))
  })
  const live = connect(address, { transports: [sse()], headers: () => ({}) })
  const replies = await Promise.all(['a', 'b', 'c'].map((type) => live.send(type)))
  expect(replies).toEqual(['handled a', 'handled b', 'handled c'])
  // The introduction that was refused, the next one, and all three messages at once.
  expect(posts).toHaveLength(3)
  expect(handled).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ])
  live.close()
  await hub.close()
})
