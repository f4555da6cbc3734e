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
 *   `onResult` gets the count, the transport, and either `took` in ms or an `error` in words
 */
export async function compare({ signal, onStart, onResult }) {
  // What did not get through once is not waited for twice more.
  const errors = new Map()
  for (const count of counts) {
    for (const { transport, make } of contestants) {
      onStart({ count, transport })
      try {
        if (errors.has(transport)) throw errors.get(transport)
        onResult({ count, transport, took: await measure(make(), count, signal) })
      } catch (error) {
        if (signal.aborted) return
        errors.set(transport, error)
        onResult({
          count,
          transport,
          error: error.name === 'TimeoutError' ? 'no way through' : error.message,
        })
      }
    }
  }
}

async function measure(transport, count, signal) {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  const topic = `run-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`
  const live = connect('/compare', { transports: [transport], topics: [topic], signal: bounded })
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
