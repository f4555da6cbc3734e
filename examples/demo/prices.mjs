// Something that moves: three prices that wander, five times a second.

const symbols = [
  { symbol: 'KELP', value: 104 },
  { symbol: 'REEF', value: 100 },
  { symbol: 'TIDE', value: 96 },
]

/** Calls `onPrice` for each new price, one after the other. Returns a function that stops it. */
export function startPrices(onPrice) {
  const drift = symbols.map((entry) => ({ ...entry, home: entry.value, speed: 0 }))
  let number = 0
  const timer = setInterval(() => {
    for (const series of drift) {
      // A spring back home keeps the lines on the chart; the speed makes them bend instead of jitter.
      series.speed = series.speed * 0.9 + (Math.random() - 0.5) * 0.5 + (series.home - series.value) * 0.004
      series.value += series.speed
      number += 1
      onPrice({
        number,
        symbol: series.symbol,
        value: Math.round(series.value * 100) / 100,
        at: performance.timeOrigin + performance.now(),
      })
    }
  }, 200)
  return () => clearInterval(timer)
}
