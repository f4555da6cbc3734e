// Measures how long 100, 1,000 and 10,000 messages take over each transport, one after the other.

import { connect, longPoll, sse, websocket } from './holdfast.js'

export const counts = [100, 1_000, 10_000]
export const contestants = [
  { transport: 'websocket', make: websocket },
  { transport: 'sse', make: sse },
  { transport: 'long-poll', make: longPoll },
]

/** A transport that does not pass, or is this slow, has no place in the chart. */
const patience = 10_000

/**
 * @param {{ signal: AbortSignal, onStart: (run: object) => void, onResult: (run: object) => void }} options
 *   `onResult` gets the count, the transport, and `took` in ms: undefined where there was no way through
 */
export async function compare({ signal, onStart, onResult }) {
  // What did not get through once is not waited for twice more.
  const failed = new Set()
  for (const count of counts) {
    for (const { transport, make } of contestants) {
      onStart({ count, transport })
      const took = failed.has(transport) ? undefined : await measure(make(), count, signal).catch(() => undefined)
      if (signal.aborted) return
      if (took === undefined) failed.add(transport)
      onResult({ count, transport, took })
    }
  }
}

async function measure(transport, count, signal) {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  const topic = `run-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
  // A connection that breaks is no measurement: the first end is the end.
  const live = connect('/compare', { transports: [transport], topics: [topic], reconnect: false, signal: bounded })
  try {
    await orAborted(live.opened, bounded)
    const start = performance.now()
    const last = new Promise((resolve, reject) => {
      let received = 0
      live.on('item', () => {
        received += 1
        if (received === count) resolve(performance.now())
      })
      live.onGap(() => reject(new Error('some were lost')))
    })
    const asked = live.send('burst', { count, topic }, { signal: bounded })
    const [end] = await orAborted(Promise.all([last, asked]), bounded)
    return end - start
  } finally {
    live.close()
  }
}

/** What the promise comes to, or a rejection with the signal's reason, whichever is first. */
function orAborted(promise, signal) {
  const aborted = new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([promise, aborted])
}
