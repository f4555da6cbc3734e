import type { Laboratory } from './lab.js'
import type { Series } from './statistics.js'

/** What every measurement is told. */
export interface Setting {
  readonly laboratory: Laboratory
  readonly quick: boolean
  readonly rounds: number
  readonly warmup: number
  /** Whether an entrant of this name takes part. Baselines always do. */
  readonly wanted: (name: string) => boolean
}

export type Unit = 'ms' | 'events/s' | 'MiB/s' | 'KiB' | 'round trips' | 'requests' | 'events' | 'tasks'

/** One table of results, and one chart. */
export interface Table {
  /** Names the chart's file. */
  readonly key: string
  readonly title: string
  readonly unit: Unit
  /** The series that the others are divided by; undefined where a ratio says nothing. */
  readonly baseline: string | undefined
  readonly series: readonly Series[]
  /** What has to be known to read it, in whole sentences. */
  readonly note?: string
}

/** A file in measurements/ exports one of these; main.ts lists them. */
export interface Measurement {
  readonly name: string
  run(setting: Setting): Promise<Table[]>
}
