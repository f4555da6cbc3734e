import type { Carrier } from './contract.js'

/** One way of one contender, ready to be measured. */
export interface Entrant {
  readonly name: string
  readonly carrier: Carrier
  readonly port: number
  /** The server's process. */
  readonly pid: number
}
