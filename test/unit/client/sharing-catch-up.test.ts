import { expect, test, vi } from 'vitest'
import { fakeBrowser } from '../../support/fake-tabs.js'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { event, group, hello } from './sharing.js'

useFakeTime()

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
  asked[0]?.answer(hello({ principal: 'ann' }) + event(5))
  await tick()
  expect(asked[1]?.url.searchParams.get('cursor')).toBe('g.5')
  asked[1]?.answer(`${hello({ principal: 'ann' })}id: g.5\n\n`)
  await tick()
  // What this tab has missed.
  expect(asked[2]?.url.searchParams.get('cursor')).toBe('g.1')
  expect(asked[2]?.url.searchParams.has('client')).toBe(true)
  asked[2]?.answer(blocks.open() + blocks.ready('g.1', { principal: 'ann' }) + event(2) + event(3))
  await tick()
  expect(asked[3]?.url.searchParams.get('cursor')).toBe('g.3')
  say({ kind: 'batch', batch: 2, text: event(7) })
  asked[3]?.answer(
    `${blocks.open()}${blocks.ready('g.3', { principal: 'ann' })}${event(4)}${event(5)}${event(6)}id: g.6\n\n`,
  )
  await tick()
  say({ kind: 'batch', batch: 3, text: event(8) })
  await tick()
  expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(asked).toHaveLength(4)
})

test('what a leader that is behind says again is not heard again', async () => {
  const { heard, live, asked, say, welcome } = await strangersFollower()
  await welcome({ cursor: 'g.0' })
  asked[0]?.answer(`${hello({ principal: 'ann' })}${event(1)}id: g.1\n\n`)
  await tick()
  asked[1]?.answer(`${blocks.open()}${blocks.ready('g.1', { principal: 'ann' })}id: g.1\n\n`)
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
  asked[0]?.answer(`${hello({ principal: 'ann' })}id: g.4\n\n`)
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

test('a request of its own that fails is made again, eight times; then the page is told of a gap', async () => {
  random(0.5)
  const { errors, gaps, asked, say, last, welcome } = await strangersFollower()
  for (let times = 1; times <= 9; times++) {
    await welcome()
    expect(asked).toHaveLength(times)
    asked.at(-1)?.refuse(503)
    await tick()
    // The leader is well: there is no reason to wait.
    say({ kind: 'lead', term: Date.now() + 1000, status: 'open', transport: 'sse', cursor: 'g.4' })
    await tick()
  }
  expect(errors).toEqual(Array(8).fill('status'))
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

test('a tab that the server takes for somebody else than its leader leaves the group', async () => {
  const { live, transport, heard, asked, say, welcome } = await strangersFollower()
  await welcome({ ready: '{"hello":1,"principal":"bob"}' })
  asked[0]?.answer(`${hello({ principal: 'ann' })}id: g.4\n\n`)
  await tick()
  asked[1]?.answer(`${blocks.open()}${blocks.ready('g.1', { principal: 'ann' })}id: g.4\n\n`)
  say({ kind: 'batch', batch: 1, text: event(5) })
  await tick()
  expect(live.state.role).toBe('alone')
  expect(heard).toEqual([1])
  transport.run$.say(blocks.open() + blocks.ready('g.4', { principal: 'ann' }), event(5))
  expect(heard).toEqual([1, 5])
})

test('requests that were answered to two different users tell nothing together', async () => {
  const { heard, asked, last, welcome } = await strangersFollower()
  const before = last('hello').number
  await welcome()
  asked[0]?.answer(`${hello({ principal: 'bob' })}id: g.4\n\n`)
  await tick()
  asked[1]?.answer(`${blocks.open()}${blocks.ready('g.1', { principal: 'ann' })}id: g.4\n\n`)
  await tick()
  expect(last('hello').number).toBe(Number(before) + 1)
  expect(heard).toEqual([1])
})
