import { expect, test, vi } from 'vitest'
import { fakeBrowser } from '../../support/fake-tabs.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { event, group, hello, open } from './sharing.js'

useFakeTime()

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

test('a lock that is stolen before its tab knows that it has it is stood for again', async () => {
  const browser = fakeBrowser()
  const { leader } = await group(browser, 0)
  const asked: unknown[] = []
  const request = (_: string, options: object) => {
    asked.push(options)
    return asked.length > 1 ? new Promise(() => {}) : Promise.reject(new DOMException('stolen', 'AbortError'))
  }
  const { live } = open(browser, { env: browser.tab({ navigator: { locks: { request } } }) })
  await tick()
  expect(live.state.role).toBe('follower')
  expect(leader.live.state.role).toBe('leader')
  expect(asked).toHaveLength(2)
})
