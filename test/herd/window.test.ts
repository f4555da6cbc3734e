import { expect, test } from 'vitest'
import { hear, Served } from '../unit/server/served.js'

/** The lines by which a hub tells the window anew. */
const retries = (text: string) => [...text.matchAll(/^retry: (\d+)$/gm)].map(([, window]) => Number(window))

test('who was told a small window is told the larger one when there are many more', async () => {
  await using served = await Served.start({ heartbeat: 40, limits: { reconnectsPerSecond: 1 } })
  const first = served.socket()
  const stream = hear(await fetch(`${served.url}/live`))
  await Promise.all([first.block('holdfast:ready'), stream.block('holdfast:ready')])
  const more = Array.from({ length: 7 }, () => served.socket())
  await Promise.all(more.map((socket) => socket.block('holdfast:ready')))
  // For nine clients the window is 8,500. It is told when it has doubled, so that nobody holds less than half of it.
  await Promise.all([first, stream].map((heard) => heard.until(({ text }) => (retries(text).at(-1) ?? 0) > 4250)))
  // And a smaller one when most have left: for one client it is 500.
  for (const socket of more) socket.socket.terminate()
  await stream.cancel()
  await first.until(({ text }) => (retries(text).at(-1) ?? 0) < 1000)
})

test('a small site is never told anything but ready', async () => {
  await using served = await Served.start({ heartbeat: 20 })
  const sockets = Array.from({ length: 5 }, () => served.socket())
  await Promise.all(sockets.map((socket) => socket.block('holdfast:ready')))
  // Two heartbeats are eight looks at the number of clients.
  const heartbeats = (text: string) => text.split('\n\n').filter((block) => block === ':').length
  await Promise.all(sockets.map((socket) => socket.until(({ text }) => heartbeats(text) > 1)))
  for (const { text } of sockets) expect(retries(text)).toEqual([])
})

test('nobody is told before its own ready, and no long-poll', async () => {
  let admit: (() => void) | undefined
  const asked = new Promise<void>((resolve) => {
    admit = resolve
  })
  await using served = await Served.start({
    heartbeat: 20,
    limits: { reconnectsPerSecond: 1 },
    authorize: async ({ headers }) => {
      if (headers.get('who') === 'late') await asked
      return { principal: 'someone' }
    },
  })
  const poll = fetch(`${served.url}/live?carrier=poll&wait=10000&cursor=${await served.hub.position()}`)
  const late = served.socket('', { headers: { who: 'late' } })
  const first = served.socket()
  await first.block('holdfast:ready')
  // With these the window has doubled, whatever it was before.
  const more = Array.from({ length: 4 }, () => served.socket())
  await Promise.all([
    ...more.map((socket) => socket.block('holdfast:ready')),
    first.until(({ text }) => retries(text)[0]),
  ])
  expect(late.text).not.toContain('retry')
  admit?.()
  await late.block('holdfast:ready')
  await served.hub.publish('end')
  expect(await (await poll).text()).not.toContain('retry')
})
