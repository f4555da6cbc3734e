// What the chart shows: the points of each series, the transport over time, and the gaps. Times are the server's, in ms.

const kept = 75_000

export function createSeries() {
  /** @type {Map<string, { at: number, value: number }[]>} */
  const points = new Map()
  /** @type {{ from: number, transport: string | undefined }[]} */
  const transports = []
  /** @type {{ from: number, until: number | undefined }[]} */
  const gaps = []
  let newest = 0

  return {
    points,
    transports,
    gaps,

    add({ symbol, value, at }) {
      const line = points.get(symbol) ?? points.set(symbol, []).get(symbol)
      const gap = gaps.at(-1)
      if (gap && gap.until === undefined) gap.until = at
      line.push({ at, value })
      newest = Math.max(newest, at)
      while (line[0].at < newest - kept) line.shift()
    },

    /** From now on, events come over this transport, or over none. */
    transport(name, at) {
      transports.push({ from: at, transport: name })
      while (transports.length > 1 && transports[1].from < at - kept) transports.shift()
    },

    /** What lies between the newest point and the next one is lost. */
    gap() {
      gaps.push({ from: newest, until: undefined })
      while (gaps.length > 0 && (gaps[0].until ?? newest) < newest - kept) gaps.shift()
    },
  }
}
