import { members } from './block.js'
import { type Transport, transports } from './carrier.js'
import type { Check, Level } from './check.js'
import { checks } from './checks/index.js'
import { Control } from './control.js'
import { Subject } from './subject.js'
import { NotChecked, Violation } from './violation.js'

/** The server under test, as a first look has shown it. */
export interface Target {
  readonly url: string
  readonly control: Control
  readonly patience: number
  /** What `open` claims over each transport that the server offers. */
  readonly offered: ReadonlyMap<Transport, Claims>
}

export interface Claims {
  readonly level: number
  readonly heartbeat: number | undefined
  readonly limit: number | undefined
}

export interface Result {
  readonly check: Check
  readonly transport: Transport
  readonly outcome: 'pass' | 'fail' | 'not checked'
  /** Why not; empty where it passed. */
  readonly detail: string
}

export interface TargetOptions {
  url: string
  control?: string
  /** Given: these must be offered. Left out: those that answer are taken. */
  transports?: readonly Transport[]
  /** The longest that one check may wait for a thing that takes its time, in ms. Default 20,000. */
  patience?: number
}

/** Looks which transports answer, and what they claim. */
export async function look(options: TargetOptions): Promise<Target> {
  const { url, patience = 20_000 } = options
  const control = await Control.ask(options.control)
  const offered = new Map<Transport, Claims>()
  for (const transport of options.transports ?? transports) {
    const claims = await claimsOf(url, transport, control)
    if (claims !== undefined) offered.set(transport, claims)
    else if (options.transports !== undefined) offered.set(transport, unknown)
  }
  return { url, control, patience, offered }
}

/** Where `open` says nothing that can be read, every check is run, and tells why it fails. */
const unknown: Claims = { level: 3, heartbeat: undefined, limit: undefined }

async function claimsOf(url: string, transport: Transport, control: Control): Promise<Claims | undefined> {
  const subject = new Subject(url, transport, control, unknown, 3000)
  try {
    const carrier = await subject.open()
    if (carrier.end?.refused !== undefined) return undefined
    const { level, heartbeat, limit } = members(await carrier.own('open'))
    const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
    return { level: number(level) ?? 3, heartbeat: number(heartbeat), limit: number(limit) }
  } catch (error) {
    return error instanceof Violation && /^no /.test(error.message) ? undefined : unknown
  } finally {
    subject.close()
  }
}

/** Runs one check over one transport. Never rejects for what the server does. */
export async function perform(check: Check, transport: Transport, target: Target): Promise<Result> {
  const claims = target.offered.get(transport)
  const verdict = (outcome: Result['outcome'], detail = ''): Result => ({ check, transport, outcome, detail })
  if (claims === undefined) return verdict('not checked', `${transport} is not offered`)
  if (claims.level < check.level) return verdict('not checked', `the server claims level ${claims.level}`)
  if (transport === 'long-poll' && claims.level === 1 && check.needs?.includes('publish'))
    return verdict('not checked', 'without positions, long-poll hears nothing between two polls')
  const subject = new Subject(target.url, transport, target.control, claims, target.patience)
  try {
    for (const offer of check.needs ?? []) target.control.need(offer)
    await check.run(subject)
    return verdict('pass')
  } catch (error) {
    if (error instanceof NotChecked) return verdict('not checked', error.message)
    if (error instanceof Violation) return verdict('fail', error.message)
    return verdict('fail', `the check itself failed: ${error instanceof Error ? error.stack : String(error)}`)
  } finally {
    subject.close()
    if (check.last) await target.control.restart().catch(() => undefined)
  }
}

/** Runs everything, transport by transport. */
export async function* performAll(target: Target, upTo: Level = 3): AsyncGenerator<Result> {
  for (const check of checks) {
    if (check.level > upTo) continue
    for (const transport of check.transports) {
      if (target.offered.has(transport)) yield await perform(check, transport, target)
    }
  }
}

/**
 * The level that the results show: the highest for which no MUST of it or of those below failed, and every essential
 * check of them passed over at least one transport. 0 where there is none.
 */
export function levelOf(results: readonly Result[]): 0 | Level {
  let reached: 0 | Level = 0
  for (const level of [1, 2, 3] as const) {
    const here = results.filter(({ check }) => check.level === level)
    if (here.some(({ check, outcome }) => outcome === 'fail' && check.strength === 'MUST')) return reached
    const passed = new Set(here.filter(({ outcome }) => outcome === 'pass').map(({ check }) => check.id))
    const essential = here.filter(({ check }) => check.essential)
    if (essential.length === 0 || !essential.every(({ check }) => passed.has(check.id))) return reached
    reached = level
  }
  return reached
}
