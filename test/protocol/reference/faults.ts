import type { Transport } from '../suite/carrier.js'
import { answerFaults } from './faults-of-answers.js'
import { carrierFaults } from './faults-of-carriers.js'
import { epochFaults } from './faults-of-epochs.js'
import { helloFaults } from './faults-of-hellos.js'
import { introductionFaults } from './faults-of-introductions.js'
import { positionFaults } from './faults-of-positions.js'
import { sendFaults } from './faults-of-sends.js'
import { streamFaults } from './faults-of-stream.js'
import { textFaults } from './faults-of-text.js'
import type { ReferenceServer } from './server.js'

/** One way in which a server can be wrong, planted in the reference server. */
export interface Fault {
  readonly name: string
  plant(server: ReferenceServer): void
  /** The ids of the checks that are meant for it: each has to fail. */
  readonly caught: readonly string[]
  /** Over these transports. Left out: over all that the check is for. */
  readonly over?: readonly Transport[]
}

export const faults: readonly Fault[] = [
  ...textFaults,
  ...carrierFaults,
  ...helloFaults,
  ...streamFaults,
  ...positionFaults,
  ...answerFaults,
  ...sendFaults,
  ...introductionFaults,
  ...epochFaults,
]
