import { expect, test, vi } from 'vitest'
import { pass, random, tick, useFakeTime } from '../../support/fake-time.js'
import { blocks } from '../../support/scripted-transport.js'
import { hello, start, untilNext } from './starting.js'

useFakeTime()

const wakeUps: [string, () => void][] = [
  ['online', () => dispatchEvent(new Event('online'))],
  ['resume', () => document.dispatchEvent(new Event('resume'))],
  ['visible', () => document.dispatchEvent(new Event('visibilitychange'))],
  [
    'pageshow from the cache',
    () => {
      dispatchEvent(new Event('pagehide'))
      dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    },
  ],
]

test.each(wakeUps)('%s ends the wait at once', async (_, wake) => {
  random(1)
  const { sse, live } = start()
  await tick()
  for (let turn = 0; turn < 5; turn++) {
    sse.run$.fail(new Error('down'))
    if (turn < 4) await untilNext(sse)
  }
  await tick()
  expect(sse.runs).toHaveLength(5)
  wake()
  await tick()
  expect(sse.runs).toHaveLength(6)
  sse.run$.say(hello())
  expect(live.state.status).toBe('open')
  live.close()
})

test.each(wakeUps)('%s never revives what the page closed', async (_, wake) => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello())
  live.close()
  wake()
  await pass(60_000)
  expect(sse.runs).toHaveLength(1)
  expect(live.state.status).toBe('closed')
})

test.each(wakeUps)('%s does not repeat what was not to be repeated', async (_, wake) => {
  const { sse, live } = start({ reconnect: false })
  await tick()
  sse.run$.say(hello())
  wake()
  await pass(60_000)
  expect(sse.runs).toHaveLength(1)
  live.close()
})

test('a visible page with a sound connection keeps it', async () => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello())
  document.dispatchEvent(new Event('visibilitychange'))
  await pass(5000)
  expect(sse.runs).toHaveLength(1)
  expect(sse.run$.task.signal.aborted).toBe(false)
  live.close()
})

test('a page that is becoming hidden does not hurry', async () => {
  random(1)
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  const { sse, live } = start()
  await tick()
  sse.run$.fail(new Error('down'))
  await tick()
  document.dispatchEvent(new Event('visibilitychange'))
  await pass(499)
  expect(sse.runs).toHaveLength(1)
  live.close()
})

test('an ordinary pageshow, as every load has it, changes nothing', async () => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello())
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  await tick()
  expect(sse.runs).toHaveLength(1)
  expect(live.state.status).toBe('open')
  live.close()
})

test.each([
  ['online', () => dispatchEvent(new Event('online'))],
  ['resume', () => document.dispatchEvent(new Event('resume'))],
])('on %s the state says that it is connecting again, and goes on from the cursor', async (_, wake) => {
  const { sse, live } = start()
  await tick()
  sse.run$.say(hello(), blocks.event('a', 1, 'g.1'))
  const old = sse.run$
  wake()
  await tick()
  expect(old.task.signal.aborted).toBe(true)
  expect(live.state).toMatchObject({ status: 'reconnecting', transport: undefined })
  expect(sse.run$.ask.url).toContain('cursor=g.1')
  sse.run$.say(blocks.open() + blocks.ready('g.1'))
  expect(live.state).toMatchObject({ status: 'open', transport: 'sse' })
  live.close()
})
