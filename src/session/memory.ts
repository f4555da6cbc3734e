import { FLAPS_ALLOWED, FORGET_AFTER, STABLE_AFTER } from '../constants.js'
import type { Env } from '../kit/env.js'
import type { Transport } from '../seams.js'

interface Entry {
  failures: number
  /** ms since the epoch. */
  until: number
}

/**
 * What did not pass at this origin, so that the next connect does not pay for it again. Only what failed while another
 * transport was up counts: a server that is down teaches nothing about WebSockets. Forgotten after a while.
 */
export interface Memory {
  /** It did not get through, and another did. */
  failed(name: string): void
  passed(name: string): void
  /** It carried for so many ms, and died. */
  died(name: string, lived: number): void
  /** The last death does not count: its server was down. */
  pardon(): void
  forget(): void
  /** Puts those last that have lost their place. As given, as long as nobody has asked who is trusted. */
  order(queue: Transport[]): void
  /** Whether it gets a head start over the next one: not after it failed here before. */
  trusted(name: string): boolean
  entries(): { transport: string; failures: number; until: number }[]
}

export function createMemory(env: Env, origin: string): Memory {
  const key = `holdfast ${origin}`
  /** Undefined until somebody needs them. */
  let entries: Map<string, Entry> | undefined
  const flaps = new Map<string, number>()
  let lastDied: string | undefined

  /** An expiry further away than any that is written is a clock that was set back, or a foreign hand. */
  const isCurrent = (until: unknown) => {
    const left = typeof until === 'number' ? until - env.Date.now() : 0
    return left > 0 && left <= FORGET_AFTER
  }
  // Storage can be forbidden, full, or written by somebody else: then this visit remembers alone.
  const load = () => {
    if (entries) return entries
    entries = new Map()
    try {
      const stored: unknown = JSON.parse(env.localStorage?.getItem(key) ?? '{}')
      for (const [name, entry] of Object.entries({ ...(stored as object) })) {
        const { failures, until } = { ...(entry as Partial<Entry>) }
        if (Number.isInteger(failures) && isCurrent(until)) entries.set(name, { failures, until } as Entry)
      }
    } catch {}
    return entries
  }
  const save = () => {
    try {
      env.localStorage?.setItem(key, JSON.stringify(Object.fromEntries(load())))
    } catch {}
  }
  const failures = (name: string) => {
    const entry = load().get(name)
    return entry && isCurrent(entry.until) ? entry.failures : 0
  }
  const lostItsPlace = (name: string) => failures(name) > 0 || (flaps.get(name) ?? 0) >= FLAPS_ALLOWED

  return {
    failed(name) {
      load().set(name, { failures: failures(name) + 1, until: env.Date.now() + FORGET_AFTER })
      save()
    },
    passed(name) {
      if (entries?.delete(name)) save()
    },
    died(name, lived) {
      lastDied = lived < STABLE_AFTER ? name : undefined
      flaps.set(name, lastDied ? (flaps.get(name) ?? 0) + 1 : 0)
    },
    pardon() {
      if (lastDied) flaps.set(lastDied, (flaps.get(lastDied) ?? 1) - 1)
      lastDied = undefined
    },
    forget() {
      entries = new Map()
      flaps.clear()
      save()
    },
    order(queue) {
      if (entries) queue.sort((one, other) => +lostItsPlace(one.name) - +lostItsPlace(other.name))
    },
    trusted: (name) => !failures(name) && !flaps.get(name),
    entries: () =>
      [...load()].filter(([name]) => failures(name)).map(([transport, entry]) => ({ transport, ...entry })),
  }
}
