import { describe, expect, test } from 'vitest'
import { Attacked } from './attack.js'
import { closeCode, frame, OPCODES, Raw, upgrade } from './raw.js'

const MiB = 1_048_576
const CLIENT = 'abcdefghijklmnop'

const FLOOD = 60 * MiB
/** More than one client may make the hub hold, and far less than the flood. */
const MOST = 24 * MiB

function send(numbers: readonly number[], more: Record<string, unknown> = {}): string {
  const messages = numbers.map((number) => ({ number, type: 'chat', data: { number } }))
  return JSON.stringify({ holdfast: 'send', client: CLIENT, unacknowledged: 1, messages, ...more })
}

const id = (index: number) => `c${index}`.padEnd(16, '-')

describe('a client that floods and never reads', () => {
  const numbers = Array.from({ length: 64 }, (_, index) => index + 1)
  test.each([
    ['pings of the protocol', frame('{"holdfast":"ping"}')],
    ['hellos', frame('{"holdfast":"hello","hello":2,"version":1}')],
    ['pings of WebSocket', frame('x'.repeat(125), { opcode: OPCODES.ping })],
    ['pongs of WebSocket', frame('x'.repeat(125), { opcode: OPCODES.pong })],
    ['sends', frame(send(numbers))],
    ['sends again that were handled', frame(send([1]))],
    ['sends without messages', frame(send([], { next: 1 }))],
    ['sends as large as they may be', frame(send([1], { padding: 'x'.repeat(60_000) }))],
  ])('%s', async (_, what) => {
    await using attacked = await Attacked.start()
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port, { reads: false })
    raw.say(upgrade(`/live?client=${CLIENT}`))
    raw.say(frame(send([1], { next: 1 })))
    const peak = await attacked.peak(raw.floods(Buffer.concat(Array.from({ length: 20 }, () => what)), FLOOD))
    expect(peak - before.held).toBeLessThan(MOST)
    raw.socket.resetAndDestroy()
    await attacked.isRidOf(raw)
    await attacked.isSound(before)
  })

  test('sends behind a hello that is not answered yet', async () => {
    await using attacked = await Attacked.start({ authorizeTakes: 1_500 })
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port)
    raw.say(upgrade(`/live?client=${CLIENT}`, { 'x-slow': '1' }))
    const peak = await attacked.peak(raw.floods(frame(send([1], { padding: 'x'.repeat(60_000) })), FLOOD))
    expect(peak - before.held).toBeLessThan(MOST)
    raw.socket.resetAndDestroy()
    await attacked.isRidOf(raw)
    await attacked.isSound(before)
  })

  test('hellos behind one that is not answered yet', async () => {
    await using attacked = await Attacked.start({ authorizeTakes: 1_500, limits: { controlsPerSecond: 10_000 } })
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port)
    raw.say(upgrade(`/live?client=${CLIENT}`, { 'x-slow': '1' }))
    const hellos = Array.from({ length: 1_000 }, (_, index) =>
      frame(JSON.stringify({ holdfast: 'hello', hello: index + 2, version: 1, cursor: 'x'.repeat(60_000) })),
    )
    const peak = await attacked.peak(raw.floods(Buffer.concat(hellos), 60 * MiB))
    expect(peak - before.held).toBeLessThan(MOST)
    raw.socket.resetAndDestroy()
    await attacked.isRidOf(raw)
    // Those that are remembered are dealt with one after the other.
    await attacked.isSound(before, 12 * MiB)
  })
})

describe('a client that calls itself by many names', () => {
  test('on a WebSocket', async () => {
    await using attacked = await Attacked.start({ handlerTakes: 2_000 })
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port)
    raw.say(upgrade('/live'))
    const messages = [{ number: 1, type: 'slow', data: 'x'.repeat(60_000) }]
    const many = Array.from({ length: 1_600 }, (_, index) =>
      frame(JSON.stringify({ holdfast: 'send', client: id(index), unacknowledged: 1, next: 1, messages })),
    )
    const peak = await attacked.peak(raw.floods(Buffer.concat(many), FLOOD))
    expect(peak - before.held).toBeLessThan(MOST)
    await raw.closed
    expect(closeCode(raw)).toBe(1008)
    await attacked.isSound(before)
  })
})
