import { expect, test } from 'vitest'
import { Group, type Place } from './group.js'
import { open } from './member.js'

// Carriers as the hub counts them, whoever has opened them: a request of a follower of its own would be one.
const carriers = (group: Group) => group.server.visits().filter(({ transport }) => transport !== 'post')

/** Any number of tabs, frames and workers hold one connection. */
export function many(place: Place): void {
  // WebKitGTK takes its time for each tab.
  const size = place.name === 'webkit' ? 10 : 20

  test(`${size} tabs hold one connection, and hear the same`, { timeout: 60_000 }, async (context) => {
    // Over HTTP/1.1, a browser would let six of them have a stream of their own.
    const group = await Group.open(context, place, { transport: 'sse' }, size)
    await group.traffic()
    await group.expectOneStream()
    expect(carriers(group)).toHaveLength(1)
    const leader = await group.leader()
    expect(await leader.ask('sharing')).toMatchObject({ role: 'leader', followers: size - 1, ignored: 0 })
  })

  test('windows, frames and workers lead one after the other', { timeout: 60_000 }, async (context) => {
    const group = await Group.open(context, place, { transport: 'websocket' })
    await group.join('window')
    const host = await group.join('host')
    await group.joinWithin(host, 'worker', 'worker')
    await group.joinWithin(host, 'iframe', 'frame')
    await group.joinWithin(host, 'shared-worker', 'shared worker')
    await group.join('last')
    expect(carriers(group)).toHaveLength(1)
    await group.traffic()

    const ends = new Map([
      ['window', () => group.members[0]?.tab.close()],
      // Its page stays, for the sake of those within.
      ['host', () => host.ask('close')],
      ['worker', () => host.ask('end', 'worker')],
      ['frame', () => host.ask('end', 'frame')],
      // It ends with the page that uses it.
      ['shared worker', () => host.tab.close()],
    ])
    for (const [name, end] of ends) {
      const leader = await group.leader()
      expect(leader.name).toBe(name)
      await end()
      group.forget(leader)
      await group.progress()
    }
    await group.expectOneStream()
    expect((await group.leader()).name).toBe('last')
  })

  test('a tab that comes late hears what comes then, and disturbs nobody', async (context) => {
    const group = await Group.open(context, place, { transport: 'sse' }, 2)
    await group.traffic()
    const late = await group.join('late')
    await late.ask('sendSteadily', 40)
    await group.progress()
    await open(late)
    await group.expectOneStream(late)
    expect(carriers(group)).toHaveLength(1)
  })
}
