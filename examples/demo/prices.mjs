// Something that moves: three prices that wander, five times a second.

export const interval = 200

const symbols = [
  { symbol: 'KELP', home: 104 },
  { symbol: 'REEF', home: 100 },
  { symbol: 'TIDE', home: 96 },
]

/** Returns a function that gives the next price of each, as of a time in ms. They are numbered without holes. */
export function createPrices() {
  const walks = symbols.map(({ symbol, home }) => ({ symbol, home, value: home, speed: 0 }))
  let number = 0

  return (at) =>
    walks.map((walk) => {
      // A spring back home keeps the lines on the chart; the speed makes them bend instead of jitter.
      walk.speed = walk.speed * 0.9 + (Math.random() - 0.5) * 0.5 + (walk.home - walk.value) * 0.004
      walk.value += walk.speed
      number += 1
      return { number, symbol: walk.symbol, value: Math.round(walk.value * 100) / 100, at }
    })
}
