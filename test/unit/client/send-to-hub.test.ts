import { afterEach, expect, test, vi } from 'vitest'
import { connect, longPoll, sse } from '../../../src/core.js'
import { createHub, memoryHistory, memoryLedger } from '../../../src/server/index.js'
import { address } from './starting.js'

/** Starts one hub after another, and what all of them have handled. */
function servers() {
  const handled: string[] = []
  const start = () => {
    const hub = createHub()
    hub.onMessage(({ number, type }) => void handled.push(`${number} ${type}`))
    return hub
  }
  return { handled, start }
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
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

test.each(['of its own', "of another tab's"])(
  'a POST that a browser makes again, with a server that was killed and started anew in between, is handled once: stream %s',
  async (whose) => {
    const { handled, start } = servers()
    let hub = start()
    let isCopied = false
    vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
      const url = new URL(input)
      if (whose === "of another tab's") url.searchParams.delete('client')
      const copy = { ...init, signal: null }
      if (!isCopied && /"messages":\[\{/.test(String(init.body))) {
        isCopied = true
        // The answer is lost with the server.
        await (await hub.fetch(new Request(url, copy))).text()
        await hub.close()
        hub = start()
      }
      return hub.fetch(new Request(url, init))
    })
    const live = connect(address, { transports: [sse()], reconnect: { minDelay: 1 } })
    await expect(live.send('a')).rejects.toMatchObject({ code: 'unconfirmed' })
    await live.send('b')
    expect(handled).toEqual(['1 a', '2 b'])
    live.close()
    await hub.close()
  },
)

test.each([
  ['the older hello of a stream', sse, 'GET'],
  ['an older poll', longPoll, 'GET'],
  ["an older introduction beside another tab's stream", sse, 'POST'],
] as const)(
  'a copy of %s introduces its client to a server that was started anew: handled once',
  async (_what, transport, method) => {
    const { handled, start } = servers()
    let hub = start()
    /** The first request that introduced the client, as it was. */
    let introduction: (() => Request) | undefined
    let restarted: Promise<void> | undefined
    vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
      const url = new URL(input)
      if (method === 'POST') url.searchParams.delete('client')
      const request = () => new Request(url, { ...init, signal: null })
      const restart = async () => {
        // It is handled, and its outcome is lost with the server.
        await (await hub.fetch(request())).text()
        await hub.close()
        hub = start()
        const copy = await hub.fetch(introduction?.() ?? new Request('nobody://was.introduced'))
        await copy.body?.getReader().read()
      }
      const body = String(init.body)
      if ((init.method ?? 'GET') === method && (method === 'GET' || body.includes('"messages":[]')))
        introduction ??= request
      if (restarted === undefined && body.includes('"lost"')) {
        await (restarted = restart())
        throw new TypeError('The connection was reset.')
      }
      await restarted
      return hub.fetch(new Request(url, init))
    })
    const live = connect(address, { transports: [transport()], reconnect: { minDelay: 1 } })
    await expect(live.send('lost')).rejects.toMatchObject({ code: 'unconfirmed' })
    await live.send('last')
    expect(handled).toEqual(['1 lost', '2 last'])
    live.close()
    await hub.close()
  },
)

test('a page whose server loses what it knew hears of it before it sends: nothing that it sends then is in doubt', async () => {
  const memory = memoryHistory()
  let ledger = memoryLedger()
  let lose = () => {}
  const hub = createHub({
    history: {
      ...memory,
      open(listener) {
        lose = () => {
          ledger = memoryLedger()
          listener.gap('elsewhere')
        }
        return memory.open(listener)
      },
    },
    ledger: {
      get epoch() {
        return ledger.epoch
      },
      open: (...given) => ledger.open(...given),
      claim: (...given) => ledger.claim(...given),
      settle: (...given) => ledger.settle(...given),
      acknowledge: (...given) => ledger.acknowledge(...given),
      touch: (...given) => ledger.touch(...given),
    },
  })
  hub.onMessage(({ number }) => `handled ${number}`)
  let hellos = 0
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    if (init.method !== 'POST') hellos++
    return hub.fetch(new Request(input, init))
  })
  const live = connect(address, { transports: [sse()] })
  await expect(live.send('first')).resolves.toBe('handled 1')
  lose()
  await vi.waitFor(() => expect(hellos).toBe(2))
  await expect(live.send('second')).resolves.toBe('handled 2')
  live.close()
  await hub.close()
})

test('where introductions meet one server after another there is an end: the page comes back with backoff', async () => {
  const hubs = [createHub(), createHub()] as const
  const [a, b] = hubs
  const way = [b, b, a, b, a, b, a, b]
  let posts = 0
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    const hub = init.method === 'POST' ? (way[posts++] ?? a) : a
    return hub.fetch(new Request(input, init))
  })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const live = connect(address, { transports: [sse()], reconnect: { minDelay: 60_000, maxDelay: 60_000 } })
  await live.opened
  const [first, second] = [live.send('first'), live.send('second')]
  await expect(first).rejects.toMatchObject({ code: 'unconfirmed' })
  await vi.waitFor(() => expect(live.state.status).toBe('reconnecting'))
  // Refused, introduced, introduced, and refused once more.
  expect(posts).toBe(4)
  live.close()
  await expect(second).rejects.toMatchObject({ code: 'closed' })
  for (const hub of hubs) await hub.close()
})
