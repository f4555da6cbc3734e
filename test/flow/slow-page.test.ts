import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Engine, engineNames, engines } from '../lifecycle/engines.js'
import { local } from './local.js'
import { numbersFrom, transportNames } from './scenarios/recorder.js'

// Pages that are slower than their streams. All transports on one page: what keeps it busy keeps it busy for all of them.
// After a while without a turn Firefox runs timers before it hears the network; the others do not, and WebKit's driver is slow to
// find a busy page again.
const names = engineNames.filter((name) => name !== 'webkit')
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 50 })

/** How often the server says something, in ms: silence is too long after this and the client's margin of five seconds. */
const heartbeat = 300

/** What is heard on a page, by transport. */
interface Heard {
  numbers: number[]
  gaps: unknown[]
  errors: string[]
  /** How often the connection was tried. */
  attempts: number
  /** What a reader of `events()` got, and how many it was told it did not. */
  read: number[]
  dropped: number
}

/** Runs in the page: connects, and writes down what it hears. */
const script = `
  globalThis.busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); }
  globalThis.start = async (transport, url, slow, limit) => {
    const transports = { websocket: Holdfast.websocket, sse: Holdfast.sse, 'long-poll': () => Holdfast.longPoll({ wait: ${heartbeat} }) }
    const live = Holdfast.connect(url, { transports: [transports[transport]()] })
    const heard = { numbers: [], gaps: [], errors: [], attempts: 0, read: [], dropped: 0 }
    ;(globalThis.heard ??= {})[transport] = heard
    live.on('number', ({ data }) => { busy(slow); heard.numbers.push(data) })
    live.onGap((gap) => heard.gaps.push(gap))
    live.onError(({ code }) => heard.errors.push(code))
    live.onStateChange(() => { heard.attempts = live.explain().attempts.length })
    const read = async () => {
      for await (const { type, data, count } of live.events('number', { limit })) {
        if (type === 'number') heard.read.push(data)
        else heard.dropped += count
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
    read()
    await live.opened
  }
`

describe.each(names)('a slow page in %s', (name) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await engines[name]()
  }, 30_000)
  afterAll(() => engine.close())

  /** @param slow how long a listener takes for an event, in ms */
  async function openPage(slow: number, limit: number) {
    const server = await local('server', { pages: true, heartbeat })
    const tab = await engine.newTab()
    onTestFinished(async () => {
      await tab.close().catch(() => {})
    })
    await tab.goto(new URL('/lifecycle.html', server.url).href)
    await tab.evaluate(`void (() => {${script}})()`)
    const starts = transportNames.map((transport) => `start('${transport}', '${server.url}', ${slow}, ${limit})`)
    await tab.evaluate(`Promise.all([${starts.join()}]).then(() => {})`)
    const heard = async () => (await tab.evaluate('heard')) as Record<string, Heard>
    return { server, tab, heard }
  }

  const nothingWrong = { gaps: [], errors: [], attempts: 1 }

  test('a main thread that is blocked for 5 s takes no line for dead', async () => {
    const { server, tab, heard } = await openPage(0, 1_000)
    const blocked = performance.now()
    // From a timer, or the tab would not answer before it is over. The silence that is too long ends within.
    await tab.evaluate(`void setTimeout(() => busy(${heartbeat + 5_000 + 100}))`)
    for (let number = 1; number <= 20; number++) {
      await server.publishNumbers('number', number, 1)
      await sleep(50)
    }
    await until(async () => {
      for (const { numbers } of Object.values(await heard())) expect(numbers).toHaveLength(20)
    })
    expect(performance.now() - blocked).toBeGreaterThan(heartbeat + 5_000)
    // What is taken for dead is tried again within a second.
    await sleep(1_000)
    for (const transport of transportNames)
      expect([transport, (await heard())[transport]]).toMatchObject([
        transport,
        { ...nothingWrong, numbers: numbersFrom(1, 20) },
      ])
  }, 30_000)

  test('a listener that takes 50 ms for an event hears all, and a reader that does is told what it missed', async () => {
    const { server, heard } = await openPage(50, 2)
    for (let number = 1; number <= 20; number++) {
      await server.publishNumbers('number', number, 1)
      await sleep(20)
    }
    await until(async () => {
      for (const { read } of Object.values(await heard())) expect(read.at(-1)).toBe(20)
    })
    for (const transport of transportNames) {
      const { numbers, read, dropped, ...rest } = (await heard())[transport] as Heard
      expect([transport, rest]).toEqual([transport, nothingWrong])
      expect(numbers).toEqual(numbersFrom(1, 20))
      expect(read).toEqual([...read].sort((a, b) => a - b))
      expect([transport, read.length + dropped]).toEqual([transport, 20])
      expect(dropped).toBeGreaterThan(0)
    }
  }, 30_000)
})
