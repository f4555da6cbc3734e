import { describe, expect, test } from 'vitest'
import { Channels } from './channels.js'
import { Clock } from './clock.js'
import { Random } from './random.js'
import { Tab } from './tab.js'

function setUp() {
  const clock = new Clock()
  const random = new Random(7)
  const channels = new Channels(() => random.between(0, 5))
  const open = (name = 'news') => {
    const tab = new Tab(`tab of ${name}`, clock, random)
    const channel = new (channels.of(tab))(name)
    const heard: unknown[] = []
    channel.onmessage = ({ data }: { data: unknown }) => heard.push(data)
    return { tab, channel, heard }
  }
  return { clock, open }
}
const numbers = Array.from({ length: 50 }, (_, number) => number)

describe('the simulated BroadcastChannel', () => {
  test('brings what each sender says in its order, to everybody but the sender', async () => {
    const { clock, open } = setUp()
    const [one, other, third, stranger] = [open(), open(), open(), open('weather')]
    for (const number of numbers) {
      one.channel.postMessage({ one: number })
      other.channel.postMessage({ other: number })
    }
    await clock.pass(100)
    expect(one.heard).toEqual(numbers.map((other) => ({ other })))
    expect(third.heard.filter((data) => Object.hasOwn(Object(data), 'one'))).toEqual(numbers.map((one) => ({ one })))
    expect(third.heard).toHaveLength(100)
    expect(stranger.heard).toEqual([])
  })

  test('copies what is said, and says nothing for who has closed', async () => {
    const { clock, open } = setUp()
    const [one, other] = [open(), open()]
    const said = { number: 1 }
    one.channel.postMessage(said)
    said.number = 2
    await clock.pass(100)
    expect(other.heard).toEqual([{ number: 1 }])
    one.channel.postMessage(said)
    other.channel.close()
    await clock.pass(100)
    expect(other.heard).toHaveLength(1)
    expect(() => other.channel.postMessage(1)).toThrow('closed')
  })

  test('loses the last words of a tab that crashes, and none before', async () => {
    const { clock, open } = setUp()
    const [one, other] = [open(), open()]
    for (const number of numbers) {
      one.channel.postMessage(number)
      await clock.pass(0.1)
    }
    one.tab.end(true)
    await clock.pass(100)
    expect(other.heard.length).toBeLessThan(50)
    expect(other.heard).toEqual(numbers.slice(0, other.heard.length))
  })

  test('reaches a frozen tab, waits for a stopped one, and evicts one in the cache', async () => {
    const { clock, open } = setUp()
    const [one, frozen, stopped, cached] = [open(), open(), open(), open()]
    frozen.tab.suspend('frozen')
    stopped.tab.suspend('stopped')
    cached.tab.suspend('cached')
    for (const number of numbers) one.channel.postMessage(number)
    await clock.pass(100)
    expect(frozen.heard).toEqual(numbers)
    expect(stopped.heard).toEqual([])
    expect(cached.tab.condition).toBe('gone')
    stopped.tab.resume(undefined)
    one.channel.postMessage(50)
    await clock.pass(100)
    expect(stopped.heard).toEqual([...numbers, 50])
  })
})
