import type { Series, Value } from './statistics.js'

/** One row of a table, before it is measured. */
export interface Candidate<Result> {
  readonly name: string
  /** undefined: it never came to an end. */
  readonly measure: () => Promise<Result | undefined>
}

/**
 * Measures everybody once a round, so that what happens to the machine happens to all; each round begins with another
 * one, so that nobody always runs after the same neighbour. The first `warmup` rounds are not counted. Who did not come to an
 * end in them is not waited for again: that stays a "never".
 *
 * @returns for each name what came of each counted round
 */
export async function interleave<Result>(
  candidates: readonly Candidate<Result>[],
  rounds: number,
  warmup: number,
): Promise<Map<string, (Result | undefined)[]>> {
  const results = new Map<string, (Result | undefined)[]>(candidates.map(({ name }) => [name, []]))
  const lost = new Set<string>()
  for (let round = 0; round < rounds + warmup; round += 1) {
    for (let turn = 0; turn < candidates.length; turn += 1) {
      const candidate = candidates[(turn + round) % candidates.length]
      if (!candidate) continue
      const { name, measure } = candidate
      const result = lost.has(name) ? undefined : await measure()
      if (round >= warmup) results.get(name)?.push(result)
      else if (result === undefined) lost.add(name)
    }
  }
  return results
}

/** As {@link interleave}, where what is measured is one number. */
export async function interleaveValues(
  candidates: readonly Candidate<number>[],
  rounds: number,
  warmup: number,
): Promise<Series[]> {
  const results = await interleave(candidates, rounds, warmup)
  return candidates.map(({ name }) => {
    const values: Value[] = results.get(name) ?? []
    return { name, values }
  })
}
