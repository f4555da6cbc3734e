import { isBare } from '../carriers.js'
import type { Measurement, Table } from '../measurement.js'
import { ALL_CUTS, cutAgainAndAgain, type Recovery } from '../recovery/cuts.js'
import { quantile, type Value } from '../statistics.js'

const BASELINE = 'Holdfast, websocket'
/** Beside all others that come back by themselves. */
const VARIATIONS = ['socket.io, with connection state recovery', 'EventSource, with a server that resumes']

/** They end with their connection. */
const END_WITH_IT = /^(raw WebSocket|fetch \+|JSON long-poll|SockJS)/

const NOTE =
  'SignalR reconnects by `withAutomaticReconnect()`; the server that it has here knows no stateful reconnect. Raw WebSockets, bare fetch and SockJS do not come back by themselves.'

/** Twenty-eight cuts of the connection at 100 events a second, and what is heard after each of them. */
export const recovery: Measurement = {
  name: 'recovery',
  async run({ laboratory, quick, wanted }) {
    // A cut is only fair to a connection that has lived for some seconds.
    if (quick) return []
    const chosen = [...laboratory.entrants, ...laboratory.find(VARIATIONS)].filter(
      ({ name }) => name === BASELINE || (wanted(name) && !END_WITH_IT.test(name) && !isBare(name)),
    )
    // Two waves: more pages at a time would keep each other waiting. Of those who poll only Holdfast.
    const sockets = chosen.filter(({ carrier }) => carrier === 'websocket')
    const streams = chosen.filter(({ name, carrier }) => carrier === 'stream' || name === 'Holdfast, long-poll')
    const recoveries: Recovery[] = []
    for (const wave of [sockets, streams]) recoveries.push(...(await cutAgainAndAgain(laboratory, wave)))
    return tablesOf(recoveries)
  },
}

function p90(times: readonly Value[]): Value {
  const late = quantile(
    times.map((time) => time ?? Number.POSITIVE_INFINITY),
    0.9,
  )
  return late === Number.POSITIVE_INFINITY ? undefined : late
}

function tablesOf(recoveries: readonly Recovery[]): Table[] {
  const series = (read: (recovery: Recovery) => readonly (number | undefined)[]) =>
    recoveries.map((recovery) => ({ name: recovery.entrant.name, values: read(recovery) }))
  const cuts = `${ALL_CUTS} cuts at 100 events a second`
  return [
    {
      key: 'recovery-median',
      title: `Time from a cut to the next event, ${cuts}`,
      unit: 'ms',
      baseline: BASELINE,
      series: series(({ times }) => times),
      note: NOTE,
    },
    {
      key: 'recovery-p90',
      title: `Time from a cut to the next event, ${cuts}, p90`,
      unit: 'ms',
      baseline: BASELINE,
      series: series(({ times }) => [p90(times)]),
    },
    {
      key: 'recovery-lost',
      title: `Events lost in ${cuts}`,
      unit: 'events',
      baseline: undefined,
      series: series(({ lost }) => [lost]),
    },
    {
      key: 'recovery-doubled',
      title: `Events heard twice in ${cuts}`,
      unit: 'events',
      baseline: undefined,
      series: series(({ doubled }) => [doubled]),
    },
  ]
}
