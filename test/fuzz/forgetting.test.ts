import { expect, test } from 'vitest'
import { CLIENT, Served } from '../unit/server/served.js'
import { Attacked } from './attack.js'
import { head, Raw } from './raw.js'

const MiB = 1_048_576

function post(client: number): string {
  const messages = [{ number: 1, type: 'note' }]
  const body = JSON.stringify({ holdfast: 'send', client: `c${client}`.padEnd(16, '-'), next: 1, messages })
  return head('POST /live', { 'content-type': 'application/json', 'content-length': `${body.length}` }) + body
}

test('clients that only ever posted once are forgotten, though nobody is connected', async () => {
  await using attacked = await Attacked.start({ maxClients: 10 }, [])
  await attacked.publish()
  using raw = new Raw(attacked.port)
  const posts = async (from: number, to: number) => {
    raw.say(Array.from({ length: to - from }, (_, index) => post(from + index)).join(''))
    await attacked.until(({ handled }) => handled === to)
  }
  await posts(0, 500)
  const before = await attacked.vitals()
  for (let from = 500; from < 10_500; from += 500) await posts(from, from + 500)
  expect((await attacked.vitals()).held - before.held).toBeLessThan(2 * MiB)
})

test('hellos that stood behind another are not dealt with when their client has left', async () => {
  let asked = 0
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  await using served = await Served.start({
    async authorize() {
      asked += 1
      await answered
      return { principal: 'somebody' }
    },
  })
  const socket = served.socket(`?client=${CLIENT}`)
  await socket.block('holdfast:open')
  for (let hello = 2; hello < 10; hello += 1) socket.hello({ hello })
  socket.say('{"holdfast":"ping"}')
  await socket.block('holdfast:pong')
  socket.socket.terminate()
  while (served.hub.clients.size > 0) await new Promise(setImmediate)
  answer()
  // Who comes now is asked after, and nobody before him.
  await served.socket().block('holdfast:ready')
  expect(asked).toBe(2)
})
