import { expect, test } from 'vitest'
import { startMiddlebox } from '../../support/middlebox.js'
import { Group, type Place } from './group.js'
import { until } from './member.js'

export function sends(place: Place): void {
  test("a follower's first message is under way when the leader goes", async (context) => {
    const group = await Group.open(context, place, { transport: 'websocket' })
    const box = await startMiddlebox(group.server.url)
    context.onTestFinished(() => box.close())
    const leader = await group.join('leader', { url: `${box.url}/live` })
    const follower = await group.join('follower', { url: `${box.url}/live` })
    // The hub has never heard of its sender before.
    box.set({ post: { delay: 1500 } })
    await follower.ask('sendNext')
    await until(() => expect(box.counts().requests.post).toBe(1))
    await leader.ask('close')
    group.forget(leader)
    await until(async () => expect(await follower.summary()).toMatchObject({ role: 'leader', unconfirmed: 0 }))
    const { run, failed } = await follower.diary()
    expect(failed).toEqual([])
    expect(group.server.messages().map(({ data }) => data)).toEqual([`${run}.1`])
  })
}
