import type { Series, Value } from './statistics.js'

/** One row of a table, before it is measured. */
export interface Candidate {
  readonly name: string
  measure(): Promise<Value>
}

/**
 * Measures everybody once a round, so that what happens to the machine happens to all; each round begins with another
 * one, so that nobody always runs after the same neighbour. The first `warmup` rounds are not counted.
 */
export async function interleave(candidates: readonly Candidate[], rounds: number, warmup: number): Promise<Series[]> {
  const values = new Map<string, Value[]>(candidates.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds + warmup; round += 1) {
    for (let turn = 0; turn < candidates.length; turn += 1) {
      const candidate = candidates[(turn + round) % candidates.length]
      const value = await candidate?.measure()
      if (candidate && round >= warmup) values.get(candidate.name)?.push(value)
    }
  }
  return candidates.map(({ name }) => ({ name, values: values.get(name) ?? [] }))
}
