import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Attacked } from './attack.js'
import { closeCode, frame, head, OPCODES, Raw, upgrade } from './raw.js'

const hello = '{"holdfast":"hello","hello":1,"version":1}'

describe('what is no HTTP, or no handshake, is refused, and nobody else feels it', () => {
  test('requests', async () => {
    await using attacked = await Attacked.start()
    const before = await attacked.vitals()
    const refused = [
      ['bytes', randomBytes(10_000), /^(HTTP\/1.1 400|$)/],
      ['TLS', Buffer.from('16030100a5010000a10303', 'hex'), /^(HTTP\/1.1 400|$)/],
      ['a head without end', `GET /live HTTP/1.1\r\n${'x: y\r\n'.repeat(10_000)}`, /^HTTP\/1.1 431/],
      ['one header that is too large', head('GET /live', { cookie: 'x'.repeat(100_000) }), /^HTTP\/1.1 431/],
      ['NUL in a header', head('GET /live', { cookie: 'a\0b' }), /^HTTP\/1.1 400/],
      ['two lengths', head('POST /live', { 'content-length': '1', 'transfer-encoding': 'chunked' }), /^HTTP\/1.1 400/],
      ['no host', 'GET /live HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400/],
      ['a URL that is none', head('GET http://[::1/live'), /^HTTP\/1.1 404/],
      ['another method', head('DELETE /live', { connection: 'close' }), /^HTTP\/1.1 405/],
      ['a query of NUL and halves', head('GET /live?next=%00%ff%ed%a0%80', { connection: 'close' }), /^HTTP\/1.1 400/],
      [
        'no JSON',
        `${head('POST /live', { 'content-type': 'application/json', 'content-length': '2', connection: 'close' })}{]`,
        /^HTTP\/1.1 400/,
      ],
      [
        'a body of another type',
        `${head('POST /live', { 'content-type': 'text/plain', 'content-length': '2', connection: 'close' })}{}`,
        /^HTTP\/1.1 415/,
      ],
      [
        'a body that is said to be endless',
        head('POST /live', { 'content-type': 'application/json', 'content-length': '9'.repeat(18) }) +
          '[1,'.repeat(40_000),
        /^HTTP\/1.1 413/,
      ],
      [
        'a chunked body without end',
        `${head('POST /live', { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })}${`1000\r\n${' '.repeat(4_096)}\r\n`.repeat(20)}`,
        /^HTTP\/1.1 413/,
      ],
      ['a key that is none', upgrade('/live', { 'sec-websocket-key': 'x' }), /^HTTP\/1.1 400/],
      ['another version', upgrade('/live', { 'sec-websocket-version': '7' }), /^HTTP\/1.1 (400|426)/],
      ['an extension that is none', upgrade('/live', { 'sec-websocket-extensions': ';;' }), /^HTTP\/1.1 (400|101)/],
      ['an upgrade by POST', upgrade('/live').replace('GET', 'POST'), /^HTTP\/1.1 4/],
      ['another origin', upgrade('/live', { origin: 'https://evil.example' }), /^HTTP\/1.1 403/],
    ] as const
    for (const [name, what, answer] of refused) {
      using raw = new Raw(attacked.port)
      raw.say(what)
      raw.socket.end()
      await raw.closed
      expect(raw.heard, name).toMatch(answer)
    }
    await attacked.isSound(before)
  })

  test('thousands of handshakes that break off', async () => {
    await using attacked = await Attacked.start()
    const before = await attacked.vitals()
    for (let round = 0; round < 20; round += 1) {
      const all = Array.from({ length: 50 }, () => new Raw(attacked.port))
      for (const [index, raw] of all.entries()) {
        const text = upgrade()
        raw.say(text.slice(0, (index + 1) * 7))
        raw.socket.resetAndDestroy()
      }
      await Promise.all(all.map(({ closed }) => closed))
      await attacked.isRidOf(...all)
    }
    await attacked.isSound(before)
  })
})

describe('frames', () => {
  const hubs: Attacked[] = []
  beforeAll(async () => {
    hubs.push(await Attacked.start(), await Attacked.start({ perMessageDeflate: true }))
  })
  afterAll(() => Promise.all(hubs.map((hub) => hub[Symbol.asyncDispose]())))

  const text = (payload: string | Buffer, more = {}) => frame(payload, more)
  const endless = (payload: string, count: number) =>
    Buffer.concat([
      frame(payload, { fin: false }),
      ...Array.from({ length: count }, () => frame(payload, { fin: false, opcode: OPCODES.continuation })),
    ])
  const bomb = deflateRawSync(Buffer.alloc(100 * 1_048_576, 'x')).subarray(0, -5)

  test.each<[string, Buffer, number, boolean?]>([
    ['whose header says 2^63 bytes', text('x', { length: 2n ** 63n }), 1009],
    ['whose header says 2^53 bytes', text('x', { length: 2n ** 53n }), 1009],
    ['whose header says 2^32 bytes', text('x', { length: 2n ** 32n }), 1009],
    ['larger than a message may be', text('x'.repeat(70_000)), 1009],
    ['in fragments without end', endless('x'.repeat(1_000), 300), 1009],
    ['in tiny fragments without end', endless('x', 20_000), 1008],
    ['in empty fragments without end', endless('', 20_000), 1008],
    ['that are not masked', text(hello, { masked: false }), 1002],
    ['with reserved bits', text(hello, { reserved: 0x70 }), 1002],
    ['compressed, where that was not agreed on', text(hello, { reserved: 0x40 }), 1002],
    ['of a kind that is reserved', text('x', { opcode: 3 }), 1002],
    ['that go on with nothing', text('x', { opcode: OPCODES.continuation }), 1002],
    ['of control that are too large', text('x'.repeat(126), { opcode: OPCODES.ping }), 1002],
    ['of control in fragments', text('x', { opcode: OPCODES.ping, fin: false }), 1002],
    ['of text that is no UTF-8', text(Buffer.from('c328', 'hex')), 1007],
    ['of bytes', text(randomBytes(100), { opcode: OPCODES.binary }), 1003],
    ['that close with a code that is none', text(Buffer.of(0, 7), { opcode: OPCODES.close }), 1002],
    ['that are a bomb', text(bomb, { reserved: 0x40 }), 1009, true],
    ['that cannot be inflated', text(randomBytes(64), { reserved: 0x40 }), 1007, true],
    ['of no JSON', text('{'), 1008],
    ['of depth', text('['.repeat(60_000)), 1008],
    ['of hello with a number that is none', text('{"holdfast":"hello","hello":1e400,"version":1}'), 1008],
    ['of hello that is a prototype', text('{"__proto__":{"holdfast":"hello"},"constructor":1}'), 1008],
  ])('%s', async (_, attack, code, compressed = false) => {
    const attacked = hubs[compressed ? 1 : 0]
    if (attacked === undefined) throw new Error('There is no hub.')
    const before = await attacked.vitals()
    using raw = new Raw(attacked.port)
    raw.say(upgrade('/live?hello=frame', compressed ? { 'sec-websocket-extensions': 'permessage-deflate' } : {}))
    await raw.hears('101 Switching')
    raw.say(attack)
    await raw.hears(String.fromCharCode(code >> 8, code & 255))
    expect(closeCode(raw)).toBe(code)
    raw.socket.end()
    await raw.closed
    await attacked.isRidOf(raw)
    await attacked.isSound(before)
  })
})
