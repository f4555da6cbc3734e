import { describe, expect, test } from 'vitest'
import { tabs } from '../../src/index.js'
import { act } from '../support/simulation/actions.js'
import { Stage } from '../support/simulation/stage.js'
import type { Kind } from '../support/simulation/steps.js'

// One thing at a time, on a virtual clock: how long it takes until the others hear again, and what must not cost the leader its part.

async function open(count: number, locks = true, channels: 'work' | 'missing' | 'throw' = 'work') {
  const settings = {
    header: true,
    identities: true,
    traffic: 0,
    lossiness: 0,
    slowness: 0,
    heartbeat: 15_000,
    pollLimit: 1_000,
  }
  const stage = new Stage({ seed: 1, locks, channels, ...settings, steps: [] }, (identity) => ({
    share: tabs({ identity }),
  }))
  const { clock, hub } = stage
  for (let tab = 0; tab < count; tab++) {
    await act(stage, { kind: 'open', tab })
    await clock.pass(5)
  }
  await clock.pass(1_000)
  const role = (tab: number) => stage.slots[tab]?.visit.connection.state.role
  const leader = () => stage.slots.findIndex((_, tab) => role(tab) === 'leader')
  /** How long it takes until this tab hears something new. */
  const nextEvent = async (tab: number) => {
    const started = clock.now
    const { number } = hub.publish()
    const hears = () =>
      stage.slots[tab]?.visit.heard.some((item) => item.kind === 'event' && item.number === number) ?? false
    while (!hears() && clock.now < started + 60_000) await clock.pass(1)
    return clock.now - started
  }
  const roles = () => stage.slots.map((_, tab) => role(tab))
  return { stage, clock, hub, role, roles, leader, nextEvent }
}

// A connect of this network takes up to 100 ms: the handshake, the hello and its answer, 1 to 20 ms each, and what the server waits.
const CONNECT = 100

describe.each([
  { means: 'with Web Locks', locks: true },
  { means: 'without Web Locks', locks: false },
])('$means', ({ locks }) => {
  test('20 tabs hold one connection', async () => {
    const { hub, roles } = await open(20, locks)
    expect(hub.streams.size).toBe(1)
    expect(roles().toSorted()).toEqual([...new Array(19).fill('follower'), 'leader'])
    expect(hub.accepted).toBe(1)
  })

  test.each<Kind>(['close', 'navigate', 'reload', 'freeze', 'cache'])(
    'after a %s of the leader the others hear on within 150 ms and a connect',
    async (kind) => {
      const { stage, leader, nextEvent } = await open(3, locks)
      const tab = leader()
      await act(stage, { kind, tab })
      expect(await nextEvent((tab + 1) % 3)).toBeLessThan(150 + CONNECT + (locks ? 0 : 200))
      expect(stage.hub.streams.size).toBe(1)
    },
  )

  test('after a crash of the leader the others hear on', async () => {
    const { stage, leader, nextEvent } = await open(3, locks)
    const tab = leader()
    await act(stage, { kind: 'crash', tab })
    // The browser takes up to 100 ms to see that the tab is gone; without locks the others must find out.
    expect(await nextEvent((tab + 1) % 3)).toBeLessThan(locks ? 150 + CONNECT + 100 : 3_000 + CONNECT)
  })

  test('a leader that is stopped is replaced within 3 s, and steps down when it goes on', async () => {
    const { stage, clock, hub, leader, role, nextEvent } = await open(3, locks)
    const tab = leader()
    await act(stage, { kind: 'stop', tab })
    expect(await nextEvent((tab + 1) % 3)).toBeLessThan(3_000 + CONNECT)
    await act(stage, { kind: 'continue', tab })
    expect(await nextEvent(tab)).toBeLessThan(500)
    await clock.pass(1_000)
    expect(role(tab)).toBe('follower')
    expect(hub.streams.size).toBe(1)
  })

  test('a hidden leader whose timers fire once a minute stays leader, busy or not', async () => {
    const { stage, clock, hub, leader, nextEvent } = await open(4, locks)
    const tab = leader()
    await act(stage, { kind: 'hide', tab, amount: 1 })
    for (let turn = 0; turn < 10; turn++) {
      await clock.pass(60_000)
      await act(stage, { kind: 'busy', tab, amount: 0.3 })
      await clock.pass(4_000)
      expect(await nextEvent((tab + 1) % 4)).toBeLessThan(CONNECT)
    }
    expect(leader()).toBe(tab)
    expect(hub.accepted).toBe(1)
  })

  test('followers whose timers fire once a minute, and who were busy, do not take its place', async () => {
    const { stage, clock, hub, leader } = await open(4, locks)
    const tab = leader()
    for (const other of [0, 1, 2, 3]) if (other !== tab) await act(stage, { kind: 'hide', tab: other, amount: 1 })
    for (let turn = 0; turn < 10; turn++) {
      await clock.pass(45_000)
      for (const other of [0, 1, 2, 3]) if (other !== tab) await act(stage, { kind: 'busy', tab: other, amount: 0.8 })
    }
    await clock.pass(10_000)
    expect(leader()).toBe(tab)
    expect(hub.accepted).toBe(1)
  })

  test('a page that goes into the back/forward cache holds nothing', async () => {
    const { stage, clock, leader } = await open(2, locks)
    const slot = stage.slots[leader()]
    await act(stage, { kind: 'cache', tab: leader() })
    await clock.pass(100)
    expect(slot?.opened.tab.condition).toBe('cached')
    expect(slot && stage.browser.channels.count(slot.opened.tab)).toBe(0)
    expect([...stage.browser.network.links].filter((link) => link.tab === slot?.opened.tab)).toEqual([])
  })
})

test.each(['missing', 'throw'] as const)(
  'where the channel is %s every tab connects alone, and says why',
  async (how) => {
    const { stage, hub, roles } = await open(3, true, how)
    expect(roles()).toEqual(['alone', 'alone', 'alone'])
    expect(hub.streams.size).toBe(3)
    expect(`${stage.slots[0]?.visit.connection.explain()}`).toContain('alone')
  },
)
