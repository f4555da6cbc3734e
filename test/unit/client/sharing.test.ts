import { expect, test, vi } from 'vitest'
import { type ConnectOptions, connect, plain, tabs } from '../../../src/core.js'
import { type FakeBrowser, fakeBrowser } from '../../support/fake-tabs.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'

useFakeTime()

/** One tab: its connection, the transport it leads by, and what its page hears. */
function open(browser: FakeBrowser, options: Partial<ConnectOptions> = {}) {
  const transport = scripted('sse', 'stream')
  const env = browser.tab()
  const share = tabs({ identity: 'ann' })
  const live = connect('http://app.test/live', { transports: [transport], env, share, ...options })
  const heard: unknown[] = []
  const errors: string[] = []
  const gaps: unknown[] = []
  live.on('*', ({ data }) => heard.push(data))
  live.onError(({ code }) => errors.push(code))
  live.onGap(({ position }) => gaps.push(position))
  return { live, transport, env, heard, errors, gaps }
}

const hello = (more: object = {}) => blocks.open() + blocks.ready('g.0', more)
const event = (number: number, topic?: string) =>
  `id: g.${number}\nevent: count\n${topic === undefined ? '' : `:topic ${topic}\n`}data: ${number}\n\n`

/** A leader with a connection that is open, and its followers. */
async function group(browser: FakeBrowser, count: number, options: Partial<ConnectOptions> = {}) {
  const leader = open(browser, options)
  await tick()
  leader.transport.run$.say(hello({ principal: 'ann' }))
  const followers = Array.from({ length: count }, () => open(browser, options))
  await tick()
  return { leader, followers, follower: followers[0] ?? leader }
}

test('one tab leads and has the connection, the others hear it from there', async () => {
  const { leader, followers } = await group(fakeBrowser(), 2)
  expect(leader.live.state).toMatchObject({ role: 'leader', status: 'open', transport: 'sse' })
  for (const { live, transport } of followers) {
    expect(live.state).toMatchObject({ role: 'follower', status: 'open', transport: 'sse', lastEventId: 'g.0' })
    expect(transport.runs).toEqual([])
  }
  leader.transport.run$.say(event(1), event(2))
  await tick()
  for (const { heard, live } of [leader, ...followers]) {
    expect(heard).toEqual([1, 2])
    expect(live.state.lastEventId).toBe('g.2')
  }
  expect(leader.live.explain().sharing).toMatchObject({ role: 'leader', followers: 2, ignored: 0 })
  expect(followers[0]?.live.explain().sharing).toMatchObject({ role: 'follower', followers: 0 })
  expect(`${leader.live.explain()}`).toContain('leader: ')
})

test('the identity must be stated, and tells groups apart', async () => {
  expect(() => tabs({} as { identity: null })).toThrow(/^tabs: identity must be/)
  expect(() => tabs({ identity: '' })).toThrow(/^tabs: identity must be/)
  const browser = fakeBrowser({ locks: false })
  const names = new Set<string>()
  class Named {
    onmessage = null
    constructor(name: string) {
      names.add(name)
    }
    postMessage() {}
    close() {}
  }
  for (const identity of ['ann', 'bob', null, 'null']) {
    open(browser, { share: tabs({ identity }), env: browser.tab({ BroadcastChannel: Named }) })
  }
  await tick()
  expect(names.size).toBe(4)
})

test('where tabs cannot talk, each is alone and says why', async () => {
  const browser = fakeBrowser()
  class Refusing {
    onmessage = null
    constructor() {
      throw new DOMException('not here', 'SecurityError')
    }
    postMessage() {}
    close() {}
  }
  for (const BroadcastChannel of [undefined, Refusing]) {
    const { live, transport } = open(browser, { env: browser.tab({ BroadcastChannel }) })
    await tick()
    transport.run$.say(hello())
    expect(live.state).toMatchObject({ role: 'alone', status: 'open', transport: 'sse' })
    expect(live.explain().sharing?.why).toContain('Tabs cannot talk to each other here')
  }
  const request = () => Promise.reject(new DOMException('not here', 'SecurityError'))
  const { live } = open(browser, { env: browser.tab({ navigator: { locks: { request } } }) })
  await tick()
  expect(live.state.role).toBe('alone')
  expect(live.explain().sharing?.why).toContain('Tabs cannot agree on a leader here')
})

test('without locks a tab that hears of no leader for 200 ms leads', async () => {
  const browser = fakeBrowser({ locks: false })
  const first = open(browser)
  await pass(199)
  expect(first.live.state.role).toBeUndefined()
  await pass(1)
  expect(first.live.state.role).toBe('leader')
  const second = open(browser)
  await pass(1000)
  expect(second.live.state.role).toBe('follower')
})

test('of two leaders the one that was chosen later stays, without locks', async () => {
  const browser = fakeBrowser({ locks: false })
  const [one, other] = [open(browser), open(browser)]
  await pass(200)
  const roles = () => [one.live.state.role, other.live.state.role].sort()
  await tick()
  expect(roles()).toEqual(['follower', 'leader'])
  await pass(10_000)
  expect(roles()).toEqual(['follower', 'leader'])
})

test('a leader that is silent for a second is asked', async () => {
  const browser = fakeBrowser()
  await group(browser, 1)
  const { said } = browser.listen()
  await pass(999)
  expect(said.filter(({ kind }) => kind === 'ping')).toHaveLength(0)
  await pass(1)
  expect(said.map(({ kind }) => kind)).toEqual(['ping', 'lead'])
})

test('a leader that does not answer is replaced before three seconds have passed', async () => {
  const { leader, follower } = await group(fakeBrowser(), 1)
  leader.env.stopped = true
  await pass(2899)
  expect(follower.live.state.role).toBe('follower')
  await pass(1)
  expect(follower.live.state.role).toBe('leader')
  expect(follower.transport.run$.ask.url).toContain('cursor=g.0')
})

test('a follower whose own timer was late asks once more before it takes over', async () => {
  const { leader, follower } = await group(fakeBrowser(), 1)
  await pass(1000)
  leader.env.stopped = true
  // The follower's clock goes on while its timers stand still.
  const now = Date.now()
  await pass(1000)
  vi.setSystemTime(now + 60_000)
  await pass(1900)
  expect(follower.live.state.role).toBe('follower')
  leader.env.stopped = false
  await pass(5000)
  expect(follower.live.state.role).toBe('follower')
  expect(leader.live.state.role).toBe('leader')
})

test('a leader whose lock was stolen steps down and follows', async () => {
  const { leader, follower } = await group(fakeBrowser(), 1)
  leader.env.stopped = true
  await pass(2900)
  leader.env.stopped = false
  await tick()
  follower.transport.run$.say(blocks.open() + blocks.ready('g.0'), event(1))
  await pass(3000)
  expect(leader.live.state).toMatchObject({ role: 'follower', status: 'open' })
  expect(leader.transport.run$.task.signal.aborted).toBe(true)
  follower.transport.run$.say(event(2))
  await tick()
  expect(leader.heard).toEqual([1, 2])
})

test('a tab that comes back within a thousand events goes on from the memory of its leader', async () => {
  const browser = fakeBrowser()
  const { leader } = await group(browser, 1)
  const { say, last } = browser.listen()
  for (let number = 1; number <= 1500; number++) leader.transport.run$.say(event(number))
  say({ kind: 'hello', number: 1, topics: [], cursor: 'g.501', gap: false })
  await tick()
  expect(`${last('welcome').text}`.match(/^id: /gm)).toHaveLength(999)
  for (let number = 1501; number <= 2500; number++) leader.transport.run$.say(event(number))
  say({ kind: 'hello', number: 2, topics: [], cursor: 'g.400', gap: false })
  await tick()
  expect(last('welcome')).toMatchObject({ number: 2, text: undefined })
})

test('the memory holds a million characters', async () => {
  const browser = fakeBrowser()
  const { leader } = await group(browser, 1)
  const { say, last } = browser.listen()
  for (let number = 1; number <= 10; number++) {
    leader.transport.run$.say(`id: g.${number}\nevent: large\ndata: "${'x'.repeat(300_000)}"\n\n`)
  }
  say({ kind: 'hello', number: 1, topics: [], cursor: 'g.7', gap: false })
  await tick()
  expect(`${last('welcome').text}`.match(/^id: /gm)).toHaveLength(3)
  say({ kind: 'hello', number: 2, topics: [], cursor: 'g.1', gap: false })
  await tick()
  expect(last('welcome').text).toBeUndefined()
})

test('what comes in one task is one message, up to 65,536 characters', async () => {
  const browser = fakeBrowser()
  const { leader } = await group(browser, 1)
  const { said } = browser.listen()
  leader.transport.run$.say(event(1), event(2), event(3))
  await tick()
  expect(said.map(({ kind }) => kind)).toEqual(['batch'])
  said.length = 0
  const large = (number: number) => `id: g.${number}\nevent: large\ndata: "${'x'.repeat(30_000)}"\n\n`
  leader.transport.run$.say(large(4), large(5), large(6), large(7))
  await tick()
  expect(said.map(({ kind }) => kind)).toEqual(['batch', 'batch'])
  expect(`${said[0]?.text}`.length).toBeGreaterThan(65_536)
})

/** A follower of a leader that a test plays, at g.1, and the requests it makes by itself. */
async function strangersFollower() {
  const browser = fakeBrowser()
  const { leader, follower } = await group(browser, 1)
  leader.transport.run$.say(event(1))
  await tick()
  const asked: { url: URL; answer(text: string): void; refuse(status: number): void }[] = []
  vi.stubGlobal('fetch', (url: string) => {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'text/event-stream' }
      const answer = (text: string) => resolve(new Response(text, { headers }))
      asked.push({ url: new URL(url), answer, refuse: (status) => resolve(new Response('', { status })) })
    })
  })
  leader.env.stopped = true
  const { say, last } = browser.listen()
  say({ kind: 'lead', term: Date.now() + 1000, status: 'open', transport: 'sse', cursor: 'g.4' })
  await tick()
  const welcome = async (more: object = {}) => {
    const { from: to, number } = last('hello')
    say({ kind: 'welcome', to, number, batch: 0, open: '{"level":3}', ready: '{"hello":1}', cursor: 'g.4', ...more })
    await tick()
  }
  return { ...follower, asked, say, last, welcome }
}

test('a follower that its leader does not know asks the server twice, and hears everything once', async () => {
  const { heard, asked, say, last, welcome } = await strangersFollower()
  expect(last('hello')).toMatchObject({ cursor: 'g.1', gap: false })
  await welcome()
  say({ kind: 'batch', batch: 1, text: event(5) + event(6) })
  await tick()
  // What the leader is going to say: in two parts, the first of which does not end with the position.
  expect(asked[0]?.url.searchParams.get('cursor')).toBe('g.4')
  expect(asked[0]?.url.searchParams.has('client')).toBe(false)
  asked[0]?.answer(hello() + event(5))
  await tick()
  expect(asked[1]?.url.searchParams.get('cursor')).toBe('g.5')
  asked[1]?.answer(`${hello()}id: g.5\n\n`)
  await tick()
  // What this tab has missed.
  expect(asked[2]?.url.searchParams.get('cursor')).toBe('g.1')
  expect(asked[2]?.url.searchParams.has('client')).toBe(true)
  asked[2]?.answer(blocks.open() + blocks.ready('g.1') + event(2) + event(3))
  await tick()
  expect(asked[3]?.url.searchParams.get('cursor')).toBe('g.3')
  say({ kind: 'batch', batch: 2, text: event(7) })
  asked[3]?.answer(`${blocks.open()}${blocks.ready('g.3')}${event(4)}${event(5)}${event(6)}id: g.6\n\n`)
  await tick()
  say({ kind: 'batch', batch: 3, text: event(8) })
  await tick()
  expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(asked).toHaveLength(4)
})

test('what a leader that is behind says again is not heard again', async () => {
  const { heard, live, asked, say, welcome } = await strangersFollower()
  await welcome({ cursor: 'g.0' })
  asked[0]?.answer(`${hello()}${event(1)}id: g.1\n\n`)
  await tick()
  asked[1]?.answer(`${blocks.open()}${blocks.ready('g.1')}id: g.1\n\n`)
  await tick()
  say({ kind: 'batch', batch: 1, text: event(1) })
  await tick()
  expect(live.state.lastEventId).toBe('g.1')
  say({ kind: 'batch', batch: 2, text: event(2) })
  await tick()
  expect(heard).toEqual([1, 2])
})

test('a gap that the server tells in its answer is told with the place where the leader is', async () => {
  const { heard, gaps, asked, say, last, welcome } = await strangersFollower()
  await welcome()
  asked[0]?.answer(`${hello()}id: g.4\n\n`)
  await tick()
  asked[1]?.answer(`${blocks.open()}${blocks.ready('g.9', { gap: true })}id: g.9\n\n`)
  await tick()
  expect(gaps).toEqual([])
  expect(last('hello')).toMatchObject({ cursor: undefined, gap: true })
  await welcome({ text: '', ready: '{"hello":1,"gap":true}', cursor: 'g.10' })
  expect(gaps).toEqual(['g.10'])
  say({ kind: 'batch', batch: 1, text: event(11) })
  await tick()
  expect(heard).toEqual([1, 11])
})

test('a request of its own that fails is made again, three times; then the page is told of a gap', async () => {
  random(0.5)
  const { errors, gaps, asked, say, last, welcome } = await strangersFollower()
  for (let times = 1; times <= 4; times++) {
    await welcome()
    expect(asked).toHaveLength(times)
    asked.at(-1)?.refuse(503)
    await tick()
    // The leader is well: there is no reason to wait.
    say({ kind: 'lead', term: Date.now() + 1000, status: 'open', transport: 'sse', cursor: 'g.4' })
    await tick()
  }
  expect(errors).toEqual(['status', 'status', 'status'])
  expect(last('hello')).toMatchObject({ cursor: undefined, gap: true })
  await welcome({ text: '', ready: '{"hello":1,"gap":true}' })
  expect(gaps).toEqual(['g.4'])
})

test('a batch that is missing is noticed', async () => {
  random(0.5)
  const { errors, heard, say, last, welcome } = await strangersFollower()
  await welcome({ text: '' })
  say({ kind: 'batch', batch: 2, text: event(9) })
  await tick()
  expect([errors, heard]).toEqual([['network'], [1]])
  await pass(1000)
  expect(last('hello')).toMatchObject({ cursor: 'g.4' })
})

test('a follower is heard of once a minute, even if its leader never pauses', async () => {
  const browser = fakeBrowser()
  const { leader } = await group(browser, 1)
  const { said } = browser.listen()
  for (let number = 1; number <= 121; number++) {
    leader.transport.run$.say(event(number))
    await pass(500)
  }
  expect(said.filter(({ kind }) => kind === 'ping')).toHaveLength(1)
})

test('what a follower wanted to hear is forgotten after three minutes of silence', async () => {
  const browser = fakeBrowser()
  const { leader } = await group(browser, 0)
  const { say } = browser.listen()
  say({ kind: 'hello', number: 1, topics: ['gone'], gap: false })
  await tick()
  leader.transport.run$.say(blocks.open({ heartbeat: 3_600_000 }) + blocks.ready('g.0'))
  expect(leader.transport.run$.ask.url).toContain('topic=gone')
  await pass(179_000)
  say({ from: 'other', kind: 'hello', number: 1, topics: [], gap: false })
  await tick()
  expect(leader.transport.run$.ask.url).toContain('topic=gone')
  await pass(2000)
  say({ from: 'other', kind: 'hello', number: 2, topics: [], gap: false })
  await tick()
  expect(leader.transport.run$.ask.url).not.toContain('topic=gone')
})

test('the leader asks for what all want to hear, and each page hears its own', async () => {
  const browser = fakeBrowser()
  const leader = open(browser, { topics: ['a'] })
  await tick()
  leader.transport.run$.say(hello())
  const follower = open(browser, { topics: ['b'] })
  await tick()
  expect(leader.transport.run$.ask.url).toMatch(/topic=a&topic=b/)
  leader.transport.run$.say(hello(), event(1, 'a'), event(2, 'b'), event(3))
  await tick()
  expect(leader.heard).toEqual([1, 3])
  expect(follower.heard).toEqual([2, 3])
  expect(follower.live.state.lastEventId).toBe('g.3')
  const leave = follower.live.subscribe('c')
  await tick()
  expect(leader.transport.run$.ask.url).toMatch(/topic=a&topic=b&topic=c/)
  leave()
  await tick()
  expect(leader.transport.run$.ask.url).not.toMatch(/topic=c/)
  follower.live.close()
  await tick()
  expect(leader.transport.run$.ask.url).not.toMatch(/topic=b/)
})

test('a gap, an error about an event, and a topic that is denied are told to whom they concern', async () => {
  const browser = fakeBrowser()
  const leader = open(browser)
  await tick()
  leader.transport.run$.say(hello())
  const follower = open(browser, { topics: ['secret'] })
  await tick()
  leader.transport.run$.say(hello({ denied: ['secret'] }), blocks.gap('g.7'), event(8))
  await tick()
  for (const { gaps, heard } of [leader, follower]) expect([gaps, heard]).toEqual([['g.7'], [8]])
  expect(follower.errors).toEqual(['topic-denied'])
  expect(leader.errors).toEqual([])
  leader.transport.run$.say(`id: g.9\nevent: big\ndata: "${'x'.repeat(4_194_304)}"\n\n`)
  await tick()
  expect([leader.errors, follower.errors]).toEqual([['event-too-large'], ['topic-denied', 'event-too-large']])
})

test('when the connection breaks, followers hear of the error once, and go on when it is back', async () => {
  random(0.5)
  const { leader, follower } = await group(fakeBrowser(), 1)
  leader.transport.run$.fail(Object.assign(new TypeError('gone')))
  await tick()
  expect(follower.live.state).toMatchObject({ role: 'follower', status: 'reconnecting' })
  expect([leader.errors, follower.errors]).toEqual([['network'], ['network']])
  await pass(1000)
  leader.transport.run$.say(blocks.open() + blocks.ready('g.0'), event(1))
  await tick()
  expect(follower.live.state).toMatchObject({ status: 'open', error: undefined })
  expect([leader.heard, follower.heard]).toEqual([[1], [1]])
  expect(follower.errors).toEqual(['network'])
})

test('a follower leaves a group that the server takes for somebody else', async () => {
  const { leader, follower } = await group(fakeBrowser(), 1)
  leader.transport.run$.say(blocks.ready('g.0', { principal: 'bob' }))
  leader.transport.run$.end()
  await pass(2000)
  leader.transport.run$.say(blocks.open() + blocks.ready('g.0', { principal: 'bob' }), event(1))
  await tick()
  expect(follower.live.state.role).toBe('alone')
  expect(follower.heard).toEqual([])
  expect(follower.live.explain().sharing?.why).toContain('somebody else')
  follower.transport.run$.say(blocks.open() + blocks.ready('g.0', { principal: 'ann' }), event(1))
  expect(follower.heard).toEqual([1])
})

test('what does not fit is ignored and counted', async () => {
  const browser = fakeBrowser()
  const { leader, follower } = await group(browser, 1)
  const { say } = browser.listen()
  const term = Date.now() + 5000
  const strange = [
    { v: 2, kind: 'lead', term, status: 'open' },
    { kind: 'lead', term: `${term}`, status: 'open' },
    { kind: 'lead', status: 'open' },
    { kind: 'toString' },
    { from: undefined, kind: 'resign' },
    { kind: 'hello', number: 1, topics: 'all', gap: false },
    { kind: 'hello', number: 1, topics: [1], gap: false },
    { kind: 'batch', batch: 1, text: { toString: 'x' } },
    { kind: 'error', error: null },
  ]
  for (const message of strange) say(message)
  await tick()
  expect(leader.live.explain().sharing?.ignored).toBe(strange.length)
  expect(follower.live.explain().sharing?.ignored).toBe(strange.length)
  expect([leader.live.state.role, follower.live.state.role]).toEqual(['leader', 'follower'])
  // Somebody else's batches are nobody's.
  say({ kind: 'batch', batch: 1, text: event(1) })
  await tick()
  expect(follower.heard).toEqual([])
})

test('closing a tab closes no other', async () => {
  const { leader, followers } = await group(fakeBrowser(), 2)
  const [second, third] = followers
  leader.live.close()
  await tick()
  expect(leader.live.state).toMatchObject({ status: 'closed', reason: 'page' })
  expect(second?.live.state).toMatchObject({ role: 'leader', status: 'reconnecting' })
  second?.transport.run$.say(blocks.open() + blocks.ready('g.0'), event(1))
  await tick()
  expect(third?.live.state).toMatchObject({ role: 'follower', status: 'open' })
  expect([second?.heard, third?.heard]).toEqual([[1], [1]])
  third?.live.close()
  await tick()
  expect(second?.live.state.status).toBe('open')
})

test('a plain stream is shared as it is, frames go through the leader, and a new leader is a gap', async () => {
  const browser = fakeBrowser()
  const frames: unknown[] = []
  const transport = scripted('websocket', 'message')
  const share = tabs({ identity: null })
  const leader = connect('http://app.test/live', {
    transports: [transport],
    env: browser.tab(),
    share,
    protocol: plain(),
  })
  await tick()
  transport.run$.task.opened({ send: (frame) => void frames.push(frame) })
  const second = scripted('websocket', 'message')
  const options = { transports: [second], env: browser.tab(), share, protocol: plain() }
  const follower = connect('http://app.test/live', options)
  const heard: unknown[] = []
  const gaps: unknown[] = []
  follower.on('*', ({ type, data }) => heard.push([type, data]))
  follower.onGap((gap) => gaps.push(gap))
  await tick()
  transport.run$.task.data('two\r\nlines\n\nid: 1')
  transport.run$.task.data(new Uint8Array([0, 10, 255]).buffer)
  await tick()
  expect(heard).toEqual([
    ['message', 'two\r\nlines\n\nid: 1'],
    ['message', new Uint8Array([0, 10, 255]).buffer],
  ])
  await follower.send('up')
  expect(frames).toEqual(['up'])
  expect(gaps).toEqual([])
  leader.close()
  await tick()
  second.run$.task.opened({ send() {} })
  expect(gaps).toHaveLength(1)
})

test('a share is for requests that may be repeated', () => {
  const transports = [scripted('sse', 'stream', { once: true })]
  const share = tabs({ identity: null })
  expect(() => connect('http://app.test/live', { transports, share })).toThrow(/^connect: share must be/)
  expect(() => connect('http://app.test/live', { transports, share: {} as never })).toThrow(/^connect: share must be/)
})
