import { expect, test } from 'vitest'
import { local } from './local.js'
import { factories, record, until } from './scenarios/recorder.js'

// The stream lives, and the connection of a POST is dead without a word: the messages must not wait for the stream to break. It
// takes ten seconds to know, so all cases wait together.
const cases = (['sse', 'long-poll'] as const).flatMap((name) =>
  (['hang', 'unanswered'] as const).map((fault) => ({ name, fault })),
)

test('a POST that is never answered goes again beside a stream that lives', async () => {
  await Promise.all(
    cases.map(async ({ name, fault }) => {
      const server = await local('server')
      const box = await local('middlebox', server.url)
      const { live, numbers } = record(`${box.url}/live`, { transports: [factories[name]()] })
      await live.opened
      expect(await live.send('chat', 0)).toEqual({ echo: 0 })
      await box.set({ post: fault })
      await box.forget()
      const reply = live.send('chat', 1)
      await until(async () => expect((await box.counts()).requests.post).toBe(1))
      await box.set({ post: 'pass' })
      const behind = live.send('chat', 2)
      expect(await Promise.all([reply, behind])).toEqual([{ echo: 1 }, { echo: 2 }])
      expect((await server.messages()).map(({ data }) => data)).toEqual([0, 1, 2])
      // The stream was no part of it.
      await server.publishNumbers('number', 1, 1)
      await until(() => expect(numbers).toEqual([1]))
      expect(live.explain().attempts).toHaveLength(1)
      if (name === 'sse') expect((await box.counts()).requests.sse).toBe(0)
    }),
  )
}, 30_000)
