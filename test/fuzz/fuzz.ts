import fc from 'fast-check'

// The same cases in every run. FUZZ_RUNS=200 tries so many times as many, FUZZ_SEED=7 others.
export const seed = Number(process.env.FUZZ_SEED ?? 4)
const factor = Number(process.env.FUZZ_RUNS ?? 1)

/** How long a property may take, in ms. */
export const patience = 20_000 + 10_000 * factor

/** Tries a property on so many cases; the error names the seed and the smallest case that fails. */
export function always<Values>(property: fc.IProperty<Values>, runs = 500): void {
  fc.assert(property, { seed, numRuns: runs * factor })
}

/** The same for one that takes time. */
export function alwaysInTime<Values>(property: fc.IAsyncProperty<Values>, runs = 100): Promise<void> {
  return fc.assert(property, { seed, numRuns: runs * factor })
}
