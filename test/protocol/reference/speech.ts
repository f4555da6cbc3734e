import type { StoredEvent } from './history.js'
import type { Outcome } from './sends.js'
import { block, type Fields, type Refusal } from './wire.js'

/** Everything that the server says, as text. One method for each block, so that a planted fault replaces just one. */
export class Speech {
  constructor(
    readonly level: 1 | 2 | 3,
    readonly heartbeat: number,
    readonly limit: number,
  ) {}

  block(fields: Fields): string {
    return block(fields)
  }

  json(event: string, data: object, id?: string): string {
    return this.block({ id, event: `holdfast:${event}`, data: JSON.stringify(data) })
  }

  open(): string {
    const { level, heartbeat, limit } = this
    return this.json('open', { version: 1, level, heartbeat, limit })
  }

  ready(data: object, position: string): string {
    return this.json('ready', data, this.level > 1 ? position : undefined)
  }

  event(event: StoredEvent): string {
    const id = this.level > 1 ? event.id : undefined
    const { type, topic, data } = event
    return this.block({ id, event: type === 'message' ? undefined : type, topic, data })
  }

  /** What a client hears of an event that is not for it. */
  moved(event: StoredEvent): string {
    return event.id === undefined ? '' : this.position(event.id)
  }

  /** A position alone. */
  position(id: string): string {
    return this.level > 1 ? this.block({ id }) : ''
  }

  result(number: number, outcome: Outcome): string {
    return this.json('result', { number, ...outcome })
  }

  /** @param epoch where it answers a send */
  pong(epoch?: string): string {
    return this.json('pong', { epoch })
  }

  drain(window: number): string {
    return this.json('drain', { window })
  }

  error({ code, message }: Refusal): string {
    return this.json('error', { code, message })
  }

  beat(): string {
    return ':\n\n'
  }

  padding(): string {
    return `:${' '.repeat(2048)}\n\n`
  }
}
