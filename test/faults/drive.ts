import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../support/simulation/random.js'
import type { Kind } from './kinds/kind.js'
import type { FaultRecord } from './record.js'
import type { World } from './world.js'

/** How often a second fault overlaps the first. */
const MIXED = 0.2

/** One entry of a schedule. All chance in it is its own, so that what one fault draws does not change what the next is. */
export interface Step {
  readonly kinds: readonly Kind[]
  readonly random: Random
}

/** The schedule of one world. It depends on the seed alone. */
export function drawSchedule(random: Random, kinds: readonly Kind[], count: number): Step[] {
  if (kinds.length === 0) throw new Error('No kind of fault fits this world.')
  const weighted = kinds.flatMap((kind) => Array.from({ length: kind.weight ?? 1 }, () => kind))
  return Array.from({ length: count }, () => {
    const first = random.pick(weighted)
    const others = kinds.filter(
      ({ alone, name, takes }) => name !== first.name && !alone && (takes === undefined || takes !== first.takes),
    )
    const mixed = random.chance(MIXED) && !first.alone && others.length > 0
    return { kinds: mixed ? [first, random.pick(others)] : [first], random: random.fork() }
  })
}

/**
 * Injects the faults of one step, heals them, and waits until every page is back.
 *
 * @returns how many there were
 */
export async function takeStep(world: World, { kinds, random }: Step): Promise<number> {
  const records: FaultRecord[] = []
  // Each is healed even where another one fails: a process that it starts must be there to be ended.
  const taken = await Promise.allSettled(
    kinds.map(async (kind, index) => {
      const own = random.fork()
      if (index > 0) await sleep(own.between(0, 800))
      const record: { -readonly [Key in keyof FaultRecord]: FaultRecord[Key] } = {
        kind: kind.name,
        at: Date.now(),
        mixed: kinds.length > 1,
      }
      world.record.faults.push(record)
      const injected = await kind.inject(world, own)
      if (injected === undefined) return void world.record.faults.splice(world.record.faults.indexOf(record), 1)
      records.push(record)
      const { detail, at = record.at, victim, lasts, heal } = injected
      Object.assign(record, { at, detail, tab: victim?.name })
      if (lasts > 0) await sleep(lasts)
      if (heal) {
        await heal()
        record.healedAt = Date.now()
      }
    }),
  )
  for (const result of taken) if (result.status === 'rejected') throw result.reason
  await world.recover()
  for (const record of records) Object.assign(record, { recoveredAt: Date.now() })
  await sleep(random.between(0, 400))
  return records.length
}
