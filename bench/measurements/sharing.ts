import type { Measurement } from '../measurement.js'
import { costOfSharing } from '../sharing/cost.js'
import { handover } from '../sharing/handover.js'

/** Tabs that share one connection: what it costs, how fast it passes events on, and how long it is silent when the leader goes. */
export const sharing: Measurement = {
  name: 'sharing',
  async run(setting) {
    const tables = await costOfSharing(setting)
    return setting.quick ? tables : [...tables, await handover(setting)]
  },
}
