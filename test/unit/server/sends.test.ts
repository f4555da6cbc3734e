import { describe, expect, test, vi } from 'vitest'
import { HoldfastError } from '../../../src/server/index.js'
import { dataOf, readBlocks } from './blocks.js'
import { CLIENT, hear, Served, sendBody } from './served.js'

/** A promise that the test settles. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const results = (text: string) =>
  readBlocks(text)
    .filter(({ event }) => event === 'holdfast:result')
    .map(({ data }) => data)

describe('sends', () => {
  test('are handled one at a time and in order, and answered with what the handler returns', async () => {
    await using served = await Served.start()
    const handled: unknown[] = []
    let running = 0
    served.hub.onMessage(async ({ type, data, number, key }, client) => {
      expect((running += 1)).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
      handled.push([type, data, number, key, client])
      return number === 1 ? { stored: true } : number === 2 ? new Uint8Array([7]) : undefined
    })
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 2])
    socket.send([3])
    await socket.block('holdfast:result', 2)
    expect(results(socket.text)).toEqual([
      { number: 1, data: { stored: true } },
      { number: 2, bytes: 'Bw==' },
      { number: 3 },
    ])
    const client = { id: CLIENT, principal: 'anonymous', transport: 'websocket' }
    expect(handled).toEqual(
      [1, 2, 3].map((number) => ['chat', { number }, number, `anonymous:${CLIENT}:${number}`, client]),
    )
  })

  test('bytes arrive as bytes', async () => {
    await using served = await Served.start()
    let data: unknown
    served.hub.onMessage((message) => {
      data = message.data
    })
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([], { messages: [{ number: 1, type: 'a', bytes: 'AQL/' }] })
    await socket.block('holdfast:result')
    expect(data).toEqual(new Uint8Array([1, 2, 255]))
  })

  test('what is sent again is not handled again, and gets the same answer, on any carrier', async () => {
    await using served = await Served.start()
    let handled = 0
    served.hub.onMessage(() => (handled += 1))
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 2])
    socket.send([1, 2])
    await socket.block('holdfast:result', 3)
    const response = await fetch(`${served.url}/live`, sendBody([2, 3]))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(results(await response.text())).toEqual([
      { number: 2, data: 2 },
      { number: 3, data: 3 },
    ])
    expect(results(socket.text)).toEqual([1, 2, 1, 2].map((number) => ({ number, data: number })))
    expect(handled).toBe(3)
  })

  test('two carriers of one client share what is being handled', async () => {
    await using served = await Served.start()
    const { open, opened } = gate()
    let handled = 0
    served.hub.onMessage(async () => {
      handled += 1
      await opened
      return handled
    })
    const half = served.socket(`?client=${CLIENT}`)
    await half.block('holdfast:ready')
    half.send([1])
    await vi.waitFor(() => expect(handled).toBe(1))
    const socket = served.socket(`?client=${CLIENT}`)
    const ready = await socket.block('holdfast:ready')
    expect(ready.data).toMatchObject({ handled: 0 })
    socket.send([1])
    const posted = fetch(`${served.url}/live`, sendBody([1]))
    open()
    await socket.block('holdfast:result')
    expect(results(await (await posted).text())).toEqual([{ number: 1, data: 1 }])
    expect(results(half.text)).toEqual([{ number: 1, data: 1 }])
    expect(handled).toBe(1)
  })

  test('the outcome of what was handled while nobody was there is told after the next ready', async () => {
    await using served = await Served.start()
    const { open, opened } = gate()
    const begun = gate()
    let done = false
    served.hub.onMessage(async () => {
      begun.open()
      await opened
      done = true
      return 'kept'
    })
    const first = served.socket(`?client=${CLIENT}`)
    await first.block('holdfast:ready')
    first.send([1])
    await begun.opened
    first.socket.terminate()
    await vi.waitFor(() => expect(served.hub.clients.size).toBe(0))
    open()
    await vi.waitFor(() => expect(done).toBe(true))
    const again = served.socket(`?client=${CLIENT}&next=2`)
    await again.block('holdfast:result')
    expect(again.blocks.map(({ event }) => event)).toEqual(['holdfast:open', 'holdfast:ready', 'holdfast:result'])
    expect(dataOf(again.blocks, 'holdfast:ready')).toMatchObject({ handled: 1 })
    expect(results(again.text)).toEqual([{ number: 1, data: 'kept' }])
    // Who has it says so, and does not hear it again.
    const later = served.socket(`?client=${CLIENT}&next=2&unacknowledged=2`)
    await later.block('holdfast:ready')
    later.send([2])
    await later.block('holdfast:result')
    expect(results(later.text)).toEqual([{ number: 2, data: 'kept' }])
  })

  test('results that come while a hello is dealt with follow its ready', async () => {
    const authorized = gate()
    let hellos = 0
    await using served = await Served.start({
      async authorize() {
        hellos += 1
        if (hellos > 1) await authorized.opened
        return { principal: 'me' }
      },
    })
    const handling = gate()
    served.hub.onMessage(() => handling.opened)
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1])
    socket.hello({ hello: 2, client: CLIENT, next: 2 })
    await vi.waitFor(() => expect(hellos).toBe(2))
    handling.open()
    // A result that does not wait would come before the answer to this.
    socket.say({ holdfast: 'ping' })
    await socket.block('holdfast:pong')
    expect(results(socket.text)).toEqual([])
    authorized.open()
    await socket.block('holdfast:result')
    const last = socket.blocks.findLastIndex(({ event }) => event === 'holdfast:ready')
    expect(results(socket.text)).toContainEqual({ number: 1 })
    expect(socket.blocks.slice(0, last).map(({ event }) => event)).not.toContain('holdfast:result')
  })

  test('sends behind a hello wait for it, and stay in order', async () => {
    await using served = await Served.start({ authorize: async () => ({ principal: 'me' }) })
    const numbers: number[] = []
    served.hub.onMessage(({ number }) => {
      numbers.push(number)
    })
    const socket = served.socket('?hello=frame')
    await socket.block('holdfast:open')
    socket.hello({ client: CLIENT })
    for (let number = 1; number <= 5; number += 1) socket.send([number])
    await socket.block('holdfast:result', 4)
    expect(numbers).toEqual([1, 2, 3, 4, 5])
  })

  test('a POST is answered at once, and what its page left behind is handled all the same', async () => {
    // So long that no heartbeat can be what is heard.
    await using served = await Served.start({ heartbeat: 3_600_000 })
    const { open, opened } = gate()
    let handled = 0
    served.hub.onMessage(async () => {
      await opened
      handled += 1
    })
    await hear(await fetch(`${served.url}/live?client=${CLIENT}`)).block('holdfast:ready')
    served.hub.disconnect()
    const abort = new AbortController()
    const posted = await fetch(`${served.url}/live`, { ...sendBody([1]), signal: abort.signal })
    expect(posted.status).toBe(200)
    abort.abort()
    open()
    await vi.waitFor(() => expect(handled).toBe(1))
    expect(served.errors).toEqual([])
  })

  test('what its page has withdrawn has an empty result, and the handler never hears of it', async () => {
    await using served = await Served.start()
    const numbers: number[] = []
    served.hub.onMessage(({ number }) => numbers.push(number))
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    const messages = [1, 2, 3].map((number) => ({ number, type: number === 2 ? 'holdfast:withdrawn' : 'a' }))
    socket.send([], { messages })
    // One that was handled before keeps its outcome.
    socket.send([], { messages: [{ number: 1, type: 'holdfast:withdrawn' }] })
    await socket.block('holdfast:result', 3)
    expect(results(socket.text)).toEqual([
      { number: 1, data: 1 },
      { number: 2 },
      { number: 3, data: 2 },
      { number: 1, data: 1 },
    ])
    expect(numbers).toEqual([1, 3])
  })

  test('principals are told apart', async () => {
    await using served = await Served.start({
      authorize: ({ headers }) => ({ principal: headers.get('who') ?? 'nobody' }),
    })
    served.hub.onMessage(() => 'done')
    const post = (who: string, init: RequestInit) =>
      fetch(`${served.url}/live`, { ...init, headers: { ...init.headers, who } })
    await (await fetch(`${served.url}/live?carrier=poll&client=${CLIENT}`, { headers: { who: 'a' } })).text()
    expect((await post('a', sendBody([1]))).status).toBe(200)
    expect((await post('b', sendBody([1]))).status).toBe(409)
  })

  test('a number that is neither known nor the next is refused, and no later one handled', async () => {
    await using served = await Served.start()
    const numbers: number[] = []
    served.hub.onMessage(({ number }) => {
      numbers.push(number)
    })
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 3, 2])
    expect(await socket.closed).toBe(1008)
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code: 'bad-request' })
    expect(numbers).toEqual([1])
    expect((await fetch(`${served.url}/live`, sendBody([5]))).status).toBe(400)
  })

  test('a server that does not know the client says so', async () => {
    await using served = await Served.start()
    const socket = served.socket(`?client=${CLIENT}&next=8&unacknowledged=5`)
    expect((await socket.block('holdfast:ready')).data).toMatchObject({ handled: null })
    served.hub.onMessage(({ number }) => number)
    socket.send([8])
    await socket.block('holdfast:result')
    expect(results(socket.text)).toEqual([{ number: 8, data: 8 }])
    socket.send([4, 7])
    await socket.block('holdfast:result', 2)
    expect(results(socket.text).slice(1)).toMatchObject([
      { number: 4, error: { code: 'outcome-lost' } },
      { number: 7, error: { code: 'unconfirmed' } },
    ])
  })
})

describe('what a handler throws', () => {
  test.each([
    ['an error', () => new Error('password is 123'), { code: 'handler-error', message: 'The handler failed.' }, 1],
    [
      'a system error',
      () => Object.assign(new Error('10.0.0.1'), { code: 'ECONNREFUSED' }),
      { code: 'ECONNREFUSED', message: 'The handler failed.' },
      1,
    ],
    [
      'an error to be shown',
      () => Object.assign(new Error('It is full.'), { code: 'full', expose: true }),
      { code: 'full', message: 'It is full.' },
      0,
    ],
    ['a HoldfastError', () => new HoldfastError('full', 'It is full.'), { code: 'full', message: 'It is full.' }, 0],
    ['nothing at all', () => undefined, { code: 'handler-error', message: 'The handler failed.' }, 1],
    ['a code that is no text', () => ({ code: 7 }), { code: 'handler-error', message: 'The handler failed.' }, 1],
  ])('%s rejects the send, and nothing else', async (_, thrown, error, reported) => {
    await using served = await Served.start()
    served.hub.onMessage(({ number }) => {
      if (number === 1) throw thrown()
      return 'fine'
    })
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 2])
    await socket.block('holdfast:result', 1)
    expect(results(socket.text)).toEqual([
      { number: 1, error },
      { number: 2, data: 'fine' },
    ])
    expect(served.errors).toHaveLength(reported)
  })

  test.each([
    ['that is no JSON', () => () => {}, 'handler-error'],
    [
      'with a cycle',
      () => {
        const cycle: { self?: unknown } = {}
        cycle.self = cycle
        return cycle
      },
      'handler-error',
    ],
    ['that is too large', () => 'x'.repeat(2_000), 'too-large'],
  ])('a reply %s', async (_, reply, code) => {
    await using served = await Served.start({ limits: { replyBytes: 1_000 } })
    served.hub.onMessage(reply)
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1])
    await socket.block('holdfast:result')
    expect(results(socket.text)[0]).toMatchObject({ number: 1, error: { code } })
  })

  test('no handler', async () => {
    await using served = await Served.start()
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1])
    expect((await socket.block('holdfast:result')).data).toMatchObject({ error: { code: 'no-handler' } })
  })
})

describe('too many', () => {
  test('per second: answered as such, in order, and not handled', async () => {
    await using served = await Served.start({ limits: { sendsPerSecond: 3 } })
    let handled = 0
    served.hub.onMessage(() => (handled += 1))
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 2, 3, 4, 5])
    await socket.block('holdfast:result', 4)
    expect(results(socket.text).slice(3)).toMatchObject([
      { number: 4, error: { code: 'too-many' } },
      { number: 5, error: { code: 'too-many' } },
    ])
    expect(handled).toBe(3)
  })

  test('in line: the carrier is closed', async () => {
    await using served = await Served.start({ limits: { queuedSends: 4 } })
    served.hub.onMessage(() => new Promise(() => {}))
    const socket = served.socket(`?client=${CLIENT}`)
    await socket.block('holdfast:ready')
    socket.send([1, 2, 3])
    socket.send([4, 5, 6])
    expect(await socket.closed).toBe(1008)
    expect(dataOf(socket.blocks, 'holdfast:error')).toMatchObject({ code: 'too-many' })
    const response = await fetch(`${served.url}/live`, sendBody([1, 2, 3, 4]))
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('1')
  })
})
