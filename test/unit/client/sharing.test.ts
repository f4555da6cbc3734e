import { expect, test } from 'vitest'
import { connect, plain, tabs } from '../../../src/core.js'
import { fakeBrowser } from '../../support/fake-tabs.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks, scripted } from '../../support/scripted-transport.js'
import { event, group, hello, open } from './sharing.js'

useFakeTime()

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
  // As JSON this would be null: everybody's.
  expect(() => tabs({ identity: Number.NaN })).toThrow(/^tabs: identity must be/)
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
  for (const identity of ['ann', 'bob', 7, '7', null, 'null']) {
    open(browser, { share: tabs({ identity }), env: browser.tab({ BroadcastChannel: Named }) })
  }
  await tick()
  expect(names.size).toBe(6)
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

test('a leader that the server takes for somebody else leaves the group, and who follows sees for itself', async () => {
  const { leader, follower } = await group(fakeBrowser(), 1)
  leader.transport.run$.end()
  await pass(2000)
  leader.transport.run$.say(blocks.open() + blocks.ready('g.0', { principal: 'bob' }), event(1))
  await tick()
  expect(leader.live.state).toMatchObject({ role: 'alone', status: 'open', transport: 'sse' })
  expect(leader.live.explain().sharing?.why).toContain('somebody else')
  expect(leader.transport.runs).toHaveLength(2)
  expect([leader.heard, follower.heard]).toEqual([[1], []])
  expect(follower.live.state.role).toBe('leader')
  follower.transport.run$.say(blocks.open() + blocks.ready('g.0', { principal: 'ann' }), event(1))
  expect(follower.heard).toEqual([1])
  expect(follower.live.state.role).toBe('leader')
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
