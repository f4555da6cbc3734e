import type { Measurement } from '../measurement.js'
import { costOfSharing } from '../sharing/cost.js'
import { handover } from '../sharing/handover.js'

/** Tabs that share one connection: what it costs, how fast it passes events on, and how long it is silent when the leader goes. */
export const sharing: Measurement = {
  name: 'sharing',
  run: async (setting) => [...(await costOfSharing(setting)), await handover(setting)],
}
