import { describe, expect, test } from 'vitest'
import { Clock } from './clock.js'
import { Locks } from './locks.js'
import { Random } from './random.js'
import { Tab } from './tab.js'

function setUp() {
  const clock = new Clock()
  const random = new Random(7)
  const locks = new Locks(random)
  const log: string[] = []
  const ask = (name: string, options: { signal?: AbortSignal; steal?: boolean } = {}) => {
    const tab = new Tab(name, clock, random)
    let release = () => {}
    const held = () => {
      log.push(`${name} holds`)
      return new Promise<void>((resolve) => {
        release = resolve
      })
    }
    locks
      .of(tab)
      .request('lead', options, held)
      .then(
        () => log.push(`${name} released`),
        (error) => log.push(`${name} ${error.name}`),
      )
    return { tab, release: () => release() }
  }
  return { clock, locks, log, ask }
}

describe('the simulated Web Locks', () => {
  test('one holds, the others wait in line', async () => {
    const { clock, log, ask } = setUp()
    const one = ask('one')
    await clock.pass(10)
    ask('two')
    await clock.pass(10)
    ask('three')
    await clock.pass(10)
    expect(log).toEqual(['one holds'])
    one.release()
    await clock.pass(10)
    expect(log).toEqual(['one holds', 'one released', 'two holds'])
  })

  test('who gives up leaves the line', async () => {
    const { clock, locks, log, ask } = setUp()
    const one = ask('one')
    const controller = new AbortController()
    ask('two', { signal: controller.signal })
    await clock.pass(10)
    controller.abort()
    await clock.pass(10)
    one.release()
    await clock.pass(10)
    expect(log).toEqual(['one holds', 'two AbortError', 'one released'])
    expect(locks.holder('lead')).toBeUndefined()
  })

  test('a thief holds at once, and the line stays behind it', async () => {
    const { clock, log, ask } = setUp()
    ask('one')
    await clock.pass(10)
    ask('two')
    await clock.pass(10)
    const thief = ask('thief', { steal: true })
    await clock.pass(10)
    expect(log.slice(1).toSorted()).toEqual(['one AbortError', 'thief holds'])
    thief.release()
    await clock.pass(10)
    expect(log.slice(3)).toEqual(['thief released', 'two holds'])
  })

  test('what a tab holds goes with it; a stopped or frozen one keeps it', async () => {
    const { clock, log, ask } = setUp()
    const one = ask('one')
    await clock.pass(10)
    ask('two')
    one.tab.suspend('stopped')
    await clock.pass(60_000)
    one.tab.suspend('frozen')
    await clock.pass(60_000)
    expect(log).toEqual(['one holds'])
    one.tab.end(true)
    await clock.pass(150)
    expect(log).toEqual(['one holds', 'two holds'])
  })

  test('a stopped tab hears of its lock, or of its loss, when it goes on', async () => {
    const { clock, log, ask } = setUp()
    const one = ask('one')
    await clock.pass(10)
    one.tab.suspend('stopped')
    ask('thief', { steal: true })
    await clock.pass(10)
    expect(log).toEqual(['one holds', 'thief holds'])
    one.tab.resume(undefined)
    await clock.pass(10)
    expect(log).toEqual(['one holds', 'thief holds', 'one AbortError'])
  })
})
