/** Thrown by a check where the server does not do what PROTOCOL.md says. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** Thrown by a check that cannot tell: what it needs is not there. */
export class NotChecked extends Error {
  override readonly name = 'NotChecked'
}

/** @throws {Violation} where the condition does not hold */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Violation(message)
}

/** @throws {Violation} where the two are not the same JSON */
export function mustEqual(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  must(found === wanted, `${what}: expected ${shorten(wanted)}, found ${shorten(found)}`)
}

/** Text for a message: long values are cut in the middle of nowhere, but say how long they were. */
export function shorten(text: string | undefined, length = 300): string {
  if (text === undefined) return 'nothing'
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
