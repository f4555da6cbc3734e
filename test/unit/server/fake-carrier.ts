import type { RequestFacts } from '../../../src/server/authorization.js'
import type { Carrier, CarrierEvents, TransportName } from '../../../src/server/carrier.js'
import type { Refusal } from '../../../src/server/refusal.js'
import { type Block, readBlocks } from './blocks.js'

export const facts: RequestFacts = {
  headers: new Headers(),
  origin: null,
  url: '/live',
  transport: 'websocket',
}

/** A carrier without a network: the test reads what was written, and says how much has left. */
export class FakeCarrier implements Carrier {
  readonly transport: TransportName
  readonly events: CarrierEvents
  silent = 0
  text = ''
  ended: Refusal | 'close' | 'done' | 'destroyed' | undefined
  /** Whether what is written leaves at once. */
  flowing = true
  queued = 0

  constructor(events: CarrierEvents, transport: TransportName = 'websocket') {
    this.events = events
    this.transport = transport
  }

  get blocks(): Block[] {
    return readBlocks(this.text)
  }

  write(text: string): void {
    this.silent = 0
    this.text += text
    if (!this.flowing) this.queued += text.length
  }

  greet(text: string): void {
    this.write(text)
  }

  /** What was queued leaves. */
  drain(): void {
    this.queued = 0
    this.events.drained()
  }

  end(why: Refusal | 'close' | 'done'): void {
    this.ended = why
    this.events.closed()
  }

  destroy(): void {
    this.ended = 'destroyed'
    this.events.closed()
  }
}
