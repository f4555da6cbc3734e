import { expect, test } from 'vitest'
import { startPlainServer } from '../../support/plain-server.js'
import { Group, type Place } from './group.js'
import { open, until } from './member.js'

const transports = [
  { transport: 'websocket', path: '/', sends: 'sent' },
  // SSE has no way up where the server knows nothing of Holdfast, for a tab alone neither.
  { transport: 'sse', path: '/sse', sends: 'not-supported' },
] as const

/** A server that knows nothing of Holdfast is shared as well. */
export function plainServer(place: Place): void {
  test.for(transports)('a plain server over $transport', async ({ transport, path, sends }, context) => {
    const server = await startPlainServer()
    context.onTestFinished(() => server.close())
    const say = (text: string) => server.say(transport === 'sse' ? `data: ${text}\n\n` : text)
    const connections = () => server.open.websockets + server.open.streams
    const group = await Group.open(context, place, { transport, plain: true, url: server.url + path })
    // Firefox shows no response to a page before the first byte of its body: the server is never silent for long.
    const heartbeat = setInterval(() => transport === 'sse' && server.say(':\n\n'), 50)
    context.onTestFinished(() => clearInterval(heartbeat))
    for (const name of ['first', 'second', 'third']) await group.join(name)
    expect(connections()).toBe(1)

    const texts = Array.from({ length: 300 }, (_, index) => `text ${index}`)
    const hearAll = async (count: number) => {
      for (const member of group.members) {
        const heard = async () => (await member.diary()).heard.filter((text) => String(text).startsWith('text'))
        await until(async () => expect(await heard()).toHaveLength(count))
        expect(await heard()).toEqual(texts.slice(0, count))
      }
    }
    for (const text of texts.slice(0, 200)) say(text)
    await hearAll(200)
    for (const member of group.members) expect(await member.ask('send', `by ${member.name}`)).toBe(sends)
    // `sent` says that it left, not that it arrived.
    await until(() =>
      expect(server.heard).toEqual(sends === 'sent' ? group.members.map(({ name }) => `by ${name}`) : []),
    )

    const leader = await group.leader()
    await leader.tab.close()
    group.forget(leader)
    await until(() => expect(connections()).toBe(1))
    await group.leader()
    for (const member of group.members) await open(member)
    for (const text of texts.slice(200)) say(text)
    await hearAll(300)
  })
}
