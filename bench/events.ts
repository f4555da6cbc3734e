/** One event: as many bytes of JSON as are asked for, whatever its number. */
export interface Tick {
  readonly number: number
  readonly symbol: string
  readonly price: number
  readonly text: string
}

/** Bytes of one event's JSON, where nothing else is said. */
export const TICK_BYTES = 120

/** The event with this number: the same one on every server and in every run. */
export function makeTick(number: number, bytes: number = TICK_BYTES): Tick {
  const price = 1 + ((number * 7919) % 100_000) / 100
  const bare = JSON.stringify({ number, symbol: 'HLDF', price, text: '' }).length
  const letter = String.fromCharCode(97 + (number % 26))
  return { number, symbol: 'HLDF', price, text: letter.repeat(bytes - bare) }
}

export function makeTicks(count: number, bytes: number): Tick[] {
  return Array.from({ length: count }, (_, index) => makeTick(index + 1, bytes))
}

export function isTick(value: unknown): value is Tick {
  return typeof value === 'object' && value !== null && 'number' in value && 'price' in value && 'text' in value
}

/**
 * Counts what arrives and folds every field that was decoded into a checksum, so that an event that is lost, doubled,
 * out of order or not really decoded cannot look fast.
 */
export class Tally {
  count = 0
  checksum = 0
  failure: string | undefined

  /** @param tick must be the one with the number after the last */
  add(tick: unknown): void {
    if (!isTick(tick)) {
      this.failure ??= `not an event: ${JSON.stringify(tick)}`
      return
    }
    this.count += 1
    if (tick.number !== this.count) this.failure ??= `event ${tick.number} came where ${this.count} was due`
    // Whole numbers only: cents, a letter and a length, in 32 bits.
    const folded = tick.number + Math.round(tick.price * 100) + tick.text.charCodeAt(0) + tick.text.length
    this.checksum = (Math.imul(this.checksum, 31) + folded) | 0
  }
}

/** The checksum of events 1 to `count`. */
export function expectedChecksum(count: number, bytes: number = TICK_BYTES): number {
  const tally = new Tally()
  for (let number = 1; number <= count; number += 1) tally.add(makeTick(number, bytes))
  return tally.checksum
}
