// Two delays, told apart. The round trip of a send is measured with one clock. The age of an event needs two, so the
// difference between them is estimated from the quickest round trips, and is wrong by half of one at most.

import { median } from './format.js'

const every = 2_000
const patience = 5_000

/** @param {() => import('holdfast').Connection} connection */
export function createLatency(connection) {
  const roundTrips = []
  const ages = []
  let best = { roundTrip: Infinity, difference: 0 }

  const wallClock = () => performance.timeOrigin + performance.now()

  async function measure() {
    if (connection().state.status !== 'open' || document.hidden) return
    const sent = wallClock()
    try {
      const { at } = await connection().send('clock', null, { signal: AbortSignal.timeout(patience) })
      const roundTrip = wallClock() - sent
      remember(roundTrips, roundTrip, 5)
      // A good estimate goes stale as clocks drift, so it has to be beaten by ever less.
      best.roundTrip *= 1.2
      if (roundTrip <= best.roundTrip) best = { roundTrip, difference: at - (sent + roundTrip / 2) }
    } catch {
      // The line broke meanwhile: that is no measurement.
    }
  }
  setInterval(measure, every)

  return {
    measure,
    /** The server's time, in ms since the epoch. */
    serverTime: () => wallClock() + best.difference,
    event: (at) => remember(ages, Math.max(0, wallClock() + best.difference - at), 45),
    roundTrip: () => median(roundTrips),
    age: () => median(ages),
    /** What was measured over the transport before says nothing about this one. */
    restart() {
      roundTrips.length = 0
      ages.length = 0
      measure()
    },
  }
}

function remember(list, value, most) {
  list.push(value)
  if (list.length > most) list.shift()
}
