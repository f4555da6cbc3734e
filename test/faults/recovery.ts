import type { WorldRecord } from './record.js'

/** How long pages waited for the next event: one entry for each fault and each page that was there. */
export interface Recovery {
  readonly kind: string
  readonly engine: string
  /** ms from the fault to the first event that was published after it. */
  readonly fromFault: number
  /** The same from when the fault was healed; undefined where there was nothing to heal. */
  readonly fromHeal: number | undefined
}

export function recoveriesOf({ faults, visits, published, engine }: WorldRecord): Recovery[] {
  const recoveries: Recovery[] = []
  for (const { kind, at, healedAt, recoveredAt, mixed, tab: victim } of faults) {
    if (recoveredAt === undefined) continue
    const limit = recoveredAt + 1000
    for (const { items, tab } of visits) {
      if (victim !== undefined && victim !== tab) continue
      const first = items[0]
      // Who came later has recovered from nothing.
      if (first === undefined || first.at > at) continue
      const next = (since: number) => {
        for (const item of items) {
          if (item.kind !== 'number' || item.at < since) continue
          if (item.at > limit) return undefined
          if ((published[item.number - 1]?.at ?? 0) >= since) return item.at - since
        }
        return undefined
      }
      const fromFault = next(at)
      const fromHeal = healedAt === undefined ? undefined : next(healedAt)
      if (fromFault === undefined || (healedAt !== undefined && fromHeal === undefined)) continue
      recoveries.push({ kind: mixed ? 'two at once' : kind, engine, fromFault, fromHeal })
    }
  }
  return recoveries
}

export interface Distribution {
  readonly n: number
  readonly median: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { n: sorted.length, median: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}
