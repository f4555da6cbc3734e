import { run } from './run.js'
import type { Sharing } from './stage.js'
import type { Schedule } from './steps.js'

/** The word that a violation begins with. */
export const kindOf = (violation: string): string => violation.split(':', 1)[0] ?? violation

/** Leaves out every step that is not needed for a violation of this kind. */
export async function shrink(schedule: Schedule, kind: string, sharing: Sharing, shared: boolean): Promise<Schedule> {
  let { steps } = schedule
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = 0; from < steps.length; ) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)]
      const { violations } = await run({ ...schedule, steps: fewer }, sharing, shared)
      if (violations.some((violation) => kindOf(violation) === kind)) steps = fewer
      else from += size
    }
  }
  return { ...schedule, steps }
}

/** What a reader needs to see the violations again. */
export async function describeFailure(
  schedule: Schedule,
  violations: readonly string[],
  sharing: Sharing,
  shared: boolean,
): Promise<string> {
  const [first = ''] = violations
  const small = await shrink(schedule, kindOf(first), sharing, shared)
  const again = await run(small, sharing, shared)
  return [
    `seed ${schedule.seed}:`,
    ...violations.map((violation) => `  ${violation}`),
    'With fewer steps:',
    ...again.violations.map((violation) => `  ${violation}`),
    JSON.stringify(small, null, 1),
  ].join('\n')
}
