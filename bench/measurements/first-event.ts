import { isBare } from '../carriers.js'
import type { Measurement } from '../measurement.js'
import { interleaveValues } from '../rounds.js'

/** A first event that takes longer than this counts as never, in ms. */
const TIMEOUT = 15_000

/** From the call that connects to the first decoded event, on loopback with nothing in between. */
export const firstEvent: Measurement = {
  name: 'first-event',
  async run({ laboratory, quick, rounds, warmup, wanted }) {
    const baseline = 'raw WebSocket'
    const compiled = laboratory.variations.filter(
      ({ name }) => !quick && wanted(name) && name.endsWith('compiled on load'),
    )
    const candidates = [...laboratory.entrants, ...compiled]
      .filter(
        ({ name, carrier }) => name === baseline || (wanted(name) && !isBare(name) && (!quick || carrier === 'any')),
      )
      .map((entrant) => ({
        name: entrant.name,
        measure: async () => (await laboratory.run({ entrant, exercise: 'first', count: 0, timeout: TIMEOUT }))?.first,
      }))
    const series = await interleaveValues(candidates, rounds, warmup)
    return [{ key: 'first-event', title: 'Time to first event, clean network', unit: 'ms', baseline, series }]
  },
}
