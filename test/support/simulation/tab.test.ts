import { describe, expect, test } from 'vitest'
import { Clock } from './clock.js'
import { Random } from './random.js'
import { type Source, Tab } from './tab.js'

function setUp() {
  const clock = new Clock()
  const tab = new Tab('tab', clock, new Random(7))
  const log: string[] = []
  const say = (source: Source, what: string = source) => tab.task(source, () => log.push(what))
  const tick = (delay: number) => tab.setTimeout(() => log.push(`timer at ${clock.now.toFixed()}`), delay)
  return { clock, tab, log, say, tick }
}

describe('a simulated tab', () => {
  test('settles all promises between two tasks', async () => {
    const { clock, tab, log } = setUp()
    tab.setTimeout(async () => {
      for (let turn = 0; turn < 100; turn++) await undefined
      log.push(await new Response('read').text())
    }, 5)
    tab.setTimeout(() => log.push('next'), 5)
    await clock.pass(5)
    expect(log).toEqual(['read', 'next'])
  })

  test('when it goes on after a stop, all that queued up comes in its order, and what is new behind it', async () => {
    const { clock, tab, log, say, tick } = setUp()
    tick(100)
    tab.suspend('stopped')
    await clock.pass(50)
    say('network', 'early')
    await clock.pass(100)
    say('channel', 'late')
    expect(log).toEqual([])
    tab.resume(undefined)
    say('network', 'new')
    await clock.pass(10)
    expect(log).toEqual(['early', 'timer at 150', 'late', 'new'])
  })

  test('a browser may let one kind of task go first', async () => {
    const { clock, tab, log, say, tick } = setUp()
    tick(100)
    tab.suspend('stopped')
    say('network', 'early')
    await clock.pass(150)
    tab.resume('timer')
    await clock.pass(10)
    expect(log).toEqual(['timer at 150', 'early'])
  })

  test('frozen, it hears its channels, and nothing else', async () => {
    const { clock, tab, log, say, tick } = setUp()
    tick(10)
    tab.suspend('frozen')
    for (const source of ['network', 'channel', 'lock', 'page'] as const) say(source)
    await clock.pass(100)
    expect(log).toEqual(['channel'])
    tab.resume(undefined)
    await clock.pass(10)
    expect(log).toEqual(['channel', 'network', 'lock', 'page', 'timer at 100'])
  })

  test('hidden, its timers wait for the next whole second or minute', async () => {
    const { clock, tab, log, tick } = setUp()
    tick(100)
    tab.hide(1_000)
    await clock.pass(1_100)
    tab.hide(60_000)
    tick(100)
    await clock.pass(60_000)
    tick(100)
    tab.hide(0)
    await clock.pass(100)
    expect(log).toEqual(['timer at 1000', 'timer at 60000', 'timer at 61200'])
  })

  test('gone, it does nothing any more', async () => {
    const { clock, tab, log, say, tick } = setUp()
    tick(10)
    tab.end(true)
    say('network')
    await clock.pass(100)
    expect(log).toEqual([])
  })
})
