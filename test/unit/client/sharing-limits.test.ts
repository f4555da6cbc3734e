import { expect, test } from 'vitest'
import { fakeBrowser } from '../../support/fake-tabs.js'
import { pass, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { event, group } from './sharing.js'

useFakeTime()

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
  const { say, last } = browser.listen()
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
  // Were it there after all, it would know before it misses anything.
  expect(last('lead')).toMatchObject({ to: 'test' })
})
