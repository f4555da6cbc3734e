import { HEARTBEAT_MARGIN } from '../constants.js'
import { heartbeatBlock } from './blocks.js'
import type { Carrier } from './carrier.js'
import type { Limits } from './limits.js'
import type { Subscriber } from './subscriber.js'

/** Ticks in a heartbeat. */
const TICKS = 4

/** How often a carrier is written to, and how long a slow client may take nothing at all, both in ms: the same for all. */
export interface Rhythm {
  readonly heartbeat: number
  readonly limits: Pick<Limits, 'stalled'>
}

/** Keeps an endless carrier from being silent, and notices when nobody is at its other end. */
export class CarrierWatch {
  readonly #carrier: Carrier
  readonly #rhythm: Rhythm
  #ticks = 0
  /** Ticks for which a slow client took nothing. */
  #stalled = 0
  #queuedBefore = 0
  /** How long nothing has come from a client that was asked, in ms. */
  #unheard = 0

  constructor(carrier: Carrier, rhythm: Rhythm) {
    this.#carrier = carrier
    this.#rhythm = rhythm
  }

  tick(subscriber: Subscriber | undefined): void {
    const carrier = this.#carrier
    this.#ticks += 1
    if (subscriber?.state === 'slow') {
      this.#wait(subscriber)
      return
    }
    this.#stalled = 0
    // After three of four ticks, so that a tick that comes late is still in time.
    if (subscriber?.tell() !== true && ++carrier.silent >= TICKS - 1) carrier.write(heartbeatBlock)
    if (this.#ticks % TICKS === 0 && carrier.queued === 0) this.#look()
  }

  /** A client waits for its server's heartbeat and this margin; with a short heartbeat the server waits as long for it. */
  #look(): void {
    this.#unheard = this.#carrier.probe?.() === false ? this.#unheard + this.#rhythm.heartbeat : 0
    if (this.#unheard > HEARTBEAT_MARGIN) this.#carrier.destroy()
  }

  #wait(subscriber: Subscriber): void {
    const { queued } = this.#carrier
    this.#stalled = queued < this.#queuedBefore ? 0 : this.#stalled + 1
    this.#queuedBefore = queued
    const { heartbeat, limits } = this.#rhythm
    if ((this.#stalled * heartbeat) / TICKS > limits.stalled) this.#carrier.destroy()
    else subscriber.drained()
  }
}
