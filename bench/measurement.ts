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

/** One table of results, and one chart. */
export interface Table {
  /** Names the chart's file. */
  readonly key: string
  readonly title: string
  readonly unit: 'ms' | 'events/s'
  /** The series that the others are divided by. */
  readonly baseline: string
  readonly series: readonly Series[]
}

/** A file in measurements/ exports one of these; main.ts lists them. */
export interface Measurement {
  readonly name: string
  run(setting: Setting): Promise<Table[]>
}
