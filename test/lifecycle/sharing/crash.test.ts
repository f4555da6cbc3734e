import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startScreen } from '../../browser/setup/webkit-driver.js'
import { findBrowser } from '../../support/browsers.mjs'
import { engineNames } from '../engines.js'
import { Group } from './group.js'
import { type Diary, faultsIn, longestQuiet, until } from './member.js'
import { hasProcesses, pageProcesses } from './processes.js'
import { printReport, report } from './report.js'

// WebDriver ends its session with the first page of WebKitGTK that crashes. So here nobody steers the browser: its pages are
// told by events what to do, and answer with messages.

type Report = Diary & { readonly name: string; readonly role: string; readonly confirmed: number }

describe.runIf(engineNames.includes('webkit') && hasProcesses)('webkit, without a driver', () => {
  let screen: Awaited<ReturnType<typeof startScreen>>
  beforeAll(async () => {
    screen = await startScreen()
  }, 30_000)
  afterAll(() => {
    printReport('The longest time in which no other tab heard anything:')
    screen.stop()
  })

  test("the leader's tab crashes", { timeout: 60_000 }, async (context) => {
    const place = { name: 'webkit' as const, newTab: () => Promise.reject(new Error('Nobody steers this browser.')) }
    const group = await Group.open(context, place, { transport: 'websocket' })
    const names = ['one', 'two', 'three']
    screen.spawn(findBrowser('webkit')?.path ?? '', ...names.map((name) => group.addressOf(name)))
    let rounds = 0
    /** What the pages say of themselves, once it is as expected. */
    const reports = (check: (all: Report[]) => void) =>
      until(async () => {
        const round = `round ${++rounds}`
        await group.server.publish('report', round)
        const all = () => group.server.messages().filter(({ type }) => type === round)
        await expect.poll(() => all().length).toBe(names.length)
        const diaries = all().map(({ data }) => data as Report)
        check(diaries)
        return diaries
      })

    const before = await reports((all) =>
      expect(all.map(({ role }) => role).sort()).toEqual(['follower', 'follower', 'leader']),
    )
    const { name } = before.find(({ role }) => role === 'leader') as Report
    expect(group.carriers()).toBe(1)
    group.publishSteadily()
    await group.server.publish('talk', 'now')
    await reports((all) =>
      expect(all.every(({ numbers, confirmed }) => numbers.length > 0 && confirmed > 0)).toBe(true),
    )

    const processes = pageProcesses('webkit')
    expect(processes).toHaveLength(names.length)
    const moment = Date.now()
    // The browser starts them in the order of its tabs.
    process.kill(processes[names.indexOf(name)] ?? 0, 'SIGKILL')
    names.splice(names.indexOf(name), 1)
    await reports((all) => expect(all.map(({ role }) => role).sort()).toEqual(['follower', 'leader']))
    const last = group.stopPublishing()
    await group.server.publish('silence', 'now')
    const after = await reports((all) => {
      for (const { numbers, sent, confirmed } of all) expect([numbers.at(-1), confirmed]).toEqual([last, sent])
    })
    expect(after.map((diary) => diary.name).sort()).toEqual([...names].sort())
    for (const { name, numbers, gaps, failed } of after) {
      expect(faultsIn(numbers, 1, last), `events heard by ${name}`).toEqual([])
      expect({ gaps, failed }, name).toEqual({ gaps: [], failed: [] })
    }
    group.expectSendsOf(after)
    await until(() => expect(group.carriers()).toBe(1))
    report('webkit, locks, crashes', Math.max(...after.map((diary) => longestQuiet(diary, moment))))
  })
})
