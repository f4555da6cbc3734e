import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EventLog } from '../../../src/server/event-log.js'
import { PACKET } from '../../../src/server/render.js'

const numbering = { idOf: String, numberOf: Number }
/** Buffers that were asked for since the test began. */
let buffers = 0

beforeEach(() => {
  buffers = 0
  const make = globalThis.Uint8Array
  vi.stubGlobal(
    'Uint8Array',
    new Proxy(make, {
      construct(target, [given, ...rest]) {
        if (typeof given === 'number') buffers += 1
        return new target(given, ...rest)
      },
    }),
  )
})
afterEach(() => void vi.unstubAllGlobals())

/** Fills a log with pieces, of which it keeps two, and compares what it keeps after each one. */
function fill(pieces: number, textOf: (number: number) => string): void {
  const log = new EventLog(1, numbering)
  const kept: { number: number; text: string }[] = []
  let last = log.begin
  for (let piece = 0; piece < pieces; ) {
    const number = log.next
    const text = textOf(number)
    log.push({ id: String(number), topic: undefined, to: undefined, text })
    kept.push({ number, text })
    if (log.begin === last) continue
    last = log.begin
    piece += 1
    while (log.size > 2 * PACKET + 10_000) {
      log.shift()
      kept.shift()
    }
    const [first] = kept
    expect(log.oldest).toBe(first?.number)
    expect(log.from(log.oldest).map(({ text }) => text)).toEqual(kept.map(({ text }) => text))
  }
}

describe('a log that is full', () => {
  test('asks for no more room, as long as its pieces are about as long', () => {
    fill(30, (number) => `data: ${'x'.repeat(50 + ((number * 37) % 200))}\n\n`)
    expect(buffers).toBeLessThanOrEqual(4)
  })

  test('has each piece whole where the next one is larger, or takes more bytes than letters', () => {
    const letters = ['x', 'ü', '漢', '🎉']
    fill(60, (number) => `data: ${(letters[(number >> 4) % 4] ?? '').repeat(((number * 7919) % 30_000) + 1)}\n\n`)
    expect(buffers).toBeGreaterThan(10)
  })
})
