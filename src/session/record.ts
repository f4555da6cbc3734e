import { EXPLAINED_ATTEMPTS } from '../constants.js'
import type { Env } from '../kit/env.js'
import type { ExplainedAttempt } from '../types.js'

/** Says what became of an attempt, and why. */
export type Note = (outcome: ExplainedAttempt['outcome'], why: string) => void

/** What was tried, and what became of it: the substance of `explain()`. */
export interface AttemptRecord {
  begin(transport: string): Note
  attempts(): ExplainedAttempt[]
}

export function createRecord(env: Env): AttemptRecord {
  const attempts: { -readonly [Key in keyof ExplainedAttempt]: ExplainedAttempt[Key] }[] = []

  return {
    begin(transport) {
      const startedAt = env.Date.now()
      const attempt: (typeof attempts)[number] = {
        transport,
        startedAt,
        took: undefined,
        outcome: 'pending',
        why: 'on its way',
      }
      if (attempts.push(attempt) > EXPLAINED_ATTEMPTS) attempts.shift()
      return (outcome, why) => {
        attempt.took ??= env.Date.now() - startedAt
        attempt.outcome = outcome
        attempt.why = why
      }
    },
    attempts: () => attempts.map((attempt) => ({ ...attempt })),
  }
}
