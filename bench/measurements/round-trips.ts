import { Boxes } from '../boxes.js'
import type { Measurement } from '../measurement.js'
import { interleaveValues } from '../rounds.js'

/** A first event that takes longer than this counts as never, in ms. */
const TIMEOUT = 15_000
/** Of a round trip, in ms: half of it each way, and a whole one more before the first bytes of a new TCP connection pass. */
const DELAY = 50

const BASELINE = 'raw WebSocket'
const WITH_HEADERS = 'Holdfast, with headers'

/** Time to first event where a round trip takes long: through a proxy that delays, so that round trips can be counted. */
export const roundTrips: Measurement = {
  name: 'round-trips',
  async run({ laboratory, rounds, warmup, wanted }) {
    const { entrants } = laboratory
    const chosen = entrants.filter(({ name, carrier }) => name === BASELINE || (carrier === 'any' && wanted(name)))
    if (wanted(WITH_HEADERS)) chosen.push(...laboratory.find([WITH_HEADERS]))
    const series = await Boxes.with(chosen, { delay: DELAY }, (boxes) => {
      const candidates = chosen.map((entrant) => {
        const task = {
          entrant,
          exercise: 'first',
          count: 0,
          port: boxes.portBefore(entrant),
          timeout: TIMEOUT,
        } as const
        return { name: entrant.name, measure: async () => (await laboratory.run(task))?.first }
      })
      return interleaveValues(candidates, rounds, warmup)
    })
    const trips = series.map(({ name, values }) => ({ name, values: values.map((value) => value && value / DELAY) }))
    const title = `First event, ${DELAY} ms of round trip`
    const note =
      'The handshake of a new TCP connection is a round trip as well. The page was loaded before, over a connection that stays open.'
    return [
      { key: 'round-trip-time', title: `${title}: time`, unit: 'ms', baseline: BASELINE, series },
      {
        key: 'round-trips',
        title: `${title}: in round trips`,
        unit: 'round trips',
        baseline: undefined,
        series: trips,
        note,
      },
    ]
  },
}
