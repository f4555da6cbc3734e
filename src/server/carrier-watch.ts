import { HEARTBEAT_MARGIN } from '../constants.js'
import { heartbeatBlock } from './blocks.js'
import type { Carrier } from './carrier.js'
import type { Subscriber } from './subscriber.js'

/** Ticks in a heartbeat. */
const TICKS = 4

/** Keeps an endless carrier from being silent, and notices when nobody is at its other end. */
export class CarrierWatch {
  readonly #carrier: Carrier
  readonly #period: number
  readonly #patience: number
  #ticks = 0
  /** Ticks for which a slow client took nothing. */
  #stalled = 0
  #queuedBefore = 0
  /** How long nothing has come from a client that was asked, in ms. */
  #unheard = 0

  /**
   * @param period of the ticks, in ms
   * @param patience how long a slow client may take nothing at all, in ms
   */
  constructor(carrier: Carrier, period: number, patience: number) {
    this.#carrier = carrier
    this.#period = period
    this.#patience = patience
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
    this.#unheard = this.#carrier.probe?.() === false ? this.#unheard + TICKS * this.#period : 0
    if (this.#unheard > HEARTBEAT_MARGIN) this.#carrier.destroy()
  }

  #wait(subscriber: Subscriber): void {
    const { queued } = this.#carrier
    this.#stalled = queued < this.#queuedBefore ? 0 : this.#stalled + 1
    this.#queuedBefore = queued
    if (this.#stalled * this.#period > this.#patience) this.#carrier.destroy()
    else subscriber.drained()
  }
}
