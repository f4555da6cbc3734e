import type { Connected } from '../contract.js'
import type { Findings } from '../task.js'

/** What a page does once it has its first event. */
export interface Exercise {
  begin(): void
  /** Every event behind the first one. */
  receive(tick: unknown): void
}

export interface ExerciseSettings {
  readonly count: number
  /** Where there is a way up: sends a text, and resolves with what comes back. */
  echo(): Connected['echo']
  /** Lets the bench read the clocks and the heap. It has done so already before the exercise begins. */
  pass(): Promise<void>
}

/** @param done to be called once */
export type MakeExercise = (settings: ExerciseSettings, done: (findings: Findings) => void) => Exercise
