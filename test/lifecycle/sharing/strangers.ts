import { expect, test } from 'vitest'
import { Group, type Place } from './group.js'
import { type Member, open, until } from './member.js'

// Who may share a connection, and who has no part in it.

const tokens = { ann: 'ann', bob: 'bob' }
const setCookie = (value: string) => `void (document.cookie = ${JSON.stringify(value)})`

/** Tells each principal something of its own, and then everybody the end; returns what each tab has heard. */
async function heardBy({ server }: Group, members: Member[], end: string): Promise<unknown[][]> {
  for (const to of Object.values(tokens)) await server.publish('note', `for ${to}, ${end}`, { to })
  await server.publish('note', end)
  return Promise.all(
    members.map((member) =>
      until(async () => {
        const { heard } = await member.diary()
        expect(heard).toContain(end)
        return heard
      }),
    ),
  )
}

export function strangers(place: Place): void {
  test('another identity has a connection of its own, and nobody hears or sends as another', async (context) => {
    const group = await Group.open(context, place, { transport: 'websocket', server: { tokens } })
    const ann = { identity: 'ann', token: 'ann' }
    const bob = { identity: 'bob', token: 'bob' }
    const one = await group.join('one', ann)
    const two = await group.join('two', ann)
    expect(group.carriers()).toBe(1)
    expect(await heardBy(group, [one, two], 'before')).toEqual([
      ['for ann, before', 'before'],
      ['for ann, before', 'before'],
    ])
    // A log-in as somebody else, in one tab.
    await two.tab.goto(group.addressOf('two', bob))
    await open(two)
    const three = await group.join('three', bob)
    await until(() => expect(group.carriers()).toBe(2))
    expect(await heardBy(group, [one, two, three], 'after')).toEqual([
      ['for ann, before', 'before', 'for ann, after', 'after'],
      ['for bob, after', 'after'],
      ['for bob, after', 'after'],
    ])
    for (const member of [one, two, three]) await member.ask('send', 'word', member.name)
    expect(group.server.messages().map(({ data, principal }) => [data, principal])).toEqual([
      ['one', 'ann'],
      ['two', 'bob'],
      ['three', 'bob'],
    ])
  })

  test('who is somebody else for the server from now on follows nobody', async (context) => {
    const group = await Group.open(context, place, { transport: 'websocket', server: { tokens } })
    const first = await place.newTab()
    await first.goto(group.elsewhere)
    await first.evaluate(setCookie('token=ann'))
    const members = [await group.join('one'), await group.join('two'), await group.join('three')]
    expect((await heardBy(group, members, 'before')).flat()).toEqual(
      members.flatMap(() => ['for ann, before', 'before']),
    )
    await first.evaluate(setCookie('token=bob'))
    expect(group.server.disconnect()).toBe(1)
    for (const member of members.slice(1))
      await until(async () => expect(await member.summary()).toMatchObject({ role: 'alone', status: 'open' }))
    await open(members[0] as Member)
    expect((await heardBy(group, members, 'after')).flat()).toEqual(
      members.flatMap(() => ['for ann, before', 'before', 'for bob, after', 'after']),
    )
    // Cookies know no ports: it would be there for other tests, too.
    await first.evaluate(setCookie('token=; max-age=0'))
    await first.close()
  })

  test('close() in one tab closes no other', async (context) => {
    const group = await Group.open(context, place, { transport: 'websocket' }, 4)
    await group.traffic()
    const [leader, follower] = group.members
    for (const member of [follower, leader]) {
      if (member === undefined) throw new Error('There are four.')
      await member.ask('close')
      group.forget(member)
      await group.progress()
      expect((await member.summary()).status).toBe('closed')
    }
    await group.expectOneStream()
  })

  test('what a stranger says on the channel is ignored, and counted', async (context) => {
    const group = await Group.open(context, place, { transport: 'websocket' }, 3)
    const stranger = group.members[1] as Member
    await stranger.ask('overhear')
    await group.traffic()
    const before = await group.leader()
    const said = await stranger.ask('disturb')
    await group.progress()
    await group.expectOneStream()
    expect(await group.leader()).toBe(before)
    expect(group.server.visits().filter(({ transport }) => transport !== 'post')).toHaveLength(1)
    for (const member of group.members) expect(await member.ask('sharing')).toMatchObject({ ignored: said })
  })
}
