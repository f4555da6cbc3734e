import type { Server } from 'node:http'
import type { Tick } from '../events.js'

/** How a client gets in, over a bare TCP connection. */
export interface Entrance {
  readonly path: string
  readonly upgrade: boolean
  /** What it says in a frame, when it has heard this. */
  readonly reply?: { readonly to: RegExp; readonly text: string }
  /** What it has heard when it is in, and nothing else follows but events. */
  readonly ready: RegExp
}

/** A server that tells everybody who is connected the same. It is silent as long as nothing is published. */
export interface Broadcaster {
  readonly name: string
  readonly entrance: Entrance
  /** Puts it on a server. What is returned sends events to everybody, in a loop that does not wait. */
  serve(server: Server): (ticks: readonly Tick[]) => void
}
