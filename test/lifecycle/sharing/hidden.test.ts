import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Chromium, type ChromiumTab, engineNames, launchChromium } from '../engines.js'
import { Group } from './group.js'
import { type Member, until } from './member.js'

// Of the three engines only Chromium throttles timers so far that it could matter: once a minute, after 5 minutes in the
// background. Firefox lets them fire every second, WebKitGTK every two.

/** How long a leader may be silent before another takes its place (docs/constants.md). */
const WINDOW = 3000

describe.runIf(engineNames.includes('chromium'))('tabs in the background of Chromium', () => {
  let chromium: Chromium
  beforeAll(async () => {
    // One second instead of five minutes; ten seconds are spent in any case.
    chromium = await launchChromium('--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1')
  }, 30_000)
  afterAll(() => chromium.close())

  /** Its timers have stood still for so long that they can only fire once a minute. */
  const throttled = (member: Member) =>
    until(async () => expect(Date.now() - Number(await member.ask('lastTick'))).toBeGreaterThan(2500))

  test('a leader whose timers are throttled leads on, and delivers', { timeout: 60_000 }, async (context) => {
    const place = { name: 'chromium' as const, newTab: () => chromium.newTab() }
    const group = await Group.open(context, place, { transport: 'websocket' }, 2)
    const [leader, hidden] = group.members as [Member<ChromiumTab>, Member<ChromiumTab>]
    await group.join('visible')
    for (const member of [leader, hidden]) await member.ask('tick')
    for (const member of [leader, hidden]) {
      expect(await member.tab.evaluate('document.visibilityState')).toBe('hidden')
      await throttled(member)
    }
    // Nothing is published: whether the leader is there can only be told by asking it.
    await sleep(WINDOW + 1000)
    await throttled(leader)
    group.publishSteadily()
    await group.progress()
    for (const { name, ask } of group.members) expect(await ask('send', 'word', `${name}.1`)).toBe('sent')
    await group.expectOneStream()
    expect((await group.leader()).name).toBe(leader.name)
    expect(group.server.visits().filter(({ transport }) => transport !== 'post')).toHaveLength(1)
  })
})
