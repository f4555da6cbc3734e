// How the page writes figures.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })

export const count = (value) => whole.format(value)

/** A duration in ms, with as many digits as mean something. */
export function duration(ms) {
  if (ms === undefined || Number.isNaN(ms)) return '–'
  if (ms < 10) return `${oneDigit.format(ms)} ms`
  if (ms < 1000) return `${whole.format(ms)} ms`
  return `${oneDigit.format(ms / 1000)} s`
}

/** @param {number} time ms since the epoch */
export const timeOfDay = (time) => clock.format(time)

const names = { websocket: 'WebSocket', sse: 'SSE', 'long-poll': 'Long-polling', tabs: 'Leading tab' }

/** The name of a transport as a person says it. */
export const transportName = (name) => names[name] ?? name

export function median(values) {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
