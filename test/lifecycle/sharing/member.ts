import { expect, vi } from 'vitest'
import type { Tab } from '../engines.js'

/** What test/browser/pages/sharing.js writes down. */
export interface Diary {
  readonly run: string
  /** The data of every event of type `number`, and when it came, in ms since the epoch. */
  readonly numbers: number[]
  readonly times: number[]
  /** The data of all other events. */
  readonly heard: unknown[]
  readonly gaps: unknown[]
  readonly errors: string[]
  readonly life: string[]
  readonly sent: number
  readonly failed: string[]
}

export interface Summary {
  readonly run: string
  readonly role?: string
  readonly why: string
  readonly status: string
  readonly transport?: string
  readonly last: number
  readonly confirmed: number
  readonly unconfirmed: number
}

export interface Member<Kind extends Tab = Tab> {
  readonly name: string
  readonly tab: Kind
  ask(command: string, ...args: unknown[]): Promise<unknown>
  summary(): Promise<Summary>
  diary(): Promise<Diary>
}

export const until = <Result>(check: () => Result | Promise<Result>) =>
  vi.waitFor(check, { timeout: 15_000, interval: 25 })

/** Waits until events can flow. */
export function open(member: Member): Promise<void> {
  return until(async () => expect((await member.summary()).status).toBe('open'))
}

/** @param way what stands before each question, for one inside the page */
export function memberOf<Kind extends Tab>(name: string, tab: Kind, ...way: string[]): Member<Kind> {
  const ask = (...request: unknown[]) =>
    tab.evaluate(`ask(${[...way, ...request].map((value) => JSON.stringify(value)).join()})`)
  return {
    name,
    tab,
    ask,
    summary: async () => (await ask('summary')) as Summary,
    diary: async () => (await ask('diary')) as Diary,
  }
}

/** What keeps a list from being first, first + 1, …, last; a list of thousands says nothing when it is printed. */
export function faultsIn(numbers: number[], first: number, last: number): string[] {
  const faults: string[] = []
  let expected = first
  for (const number of numbers) {
    if (number !== expected) faults.push(`${number} where ${expected} was to come`)
    expected = number + 1
  }
  if (expected !== last + 1) faults.push(`the end where ${expected} was to come`)
  return faults
}

/** The longest time for which a tab has heard nothing, after a moment. */
export function longestQuiet({ times }: Diary, since: number): number {
  let longest = 0
  for (let index = 1; index < times.length; index++) {
    const [before = 0, now = 0] = [times[index - 1], times[index]]
    if (now >= since) longest = Math.max(longest, now - before)
  }
  return longest
}
