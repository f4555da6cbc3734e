import type { WorldRecord } from '../record.js'
import { checkHeard } from './heard.js'
import { readHistory } from './history.js'
import { checkSends } from './sends.js'

/** Holds what pages heard and servers handled against what was published and sent. Each violation begins with a word for its kind. */
export function check(record: WorldRecord): string[] {
  const history = readHistory(record)
  const failures = record.failures.map((failure) => `stuck: ${failure}`)
  return [...history.violations, ...checkHeard(record, history), ...checkSends(record, history), ...failures]
}
