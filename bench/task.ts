import type { Entrant } from './entrant.js'

/** What a page does with the events that follow its first one; each is a file in exercises/. `first`: it awaits none. */
export type ExerciseName = 'first' | 'burst' | 'slices' | 'steady' | 'echo' | 'watch'

/** What one page is to do. */
export interface Task {
  readonly entrant: Entrant
  readonly exercise: ExerciseName
  /** How many events follow the first one, or how often it asks for an echo. */
  readonly count: number
  /** Of one event's JSON; as small as they are everywhere by default. */
  readonly bytes?: number
  /** Where the page finds the server; the server itself by default. */
  readonly port?: number
  /** How long to wait for the page's report, in ms. */
  readonly timeout: number
  /** Whether other pages are open at the same time: then the browser is never at rest, and its CPU time is nobody's. */
  readonly crowded?: boolean
}

/** What came of an exercise. Times in ms. */
export interface Findings {
  /** An event was lost, doubled, out of order or not decoded, or an echo was another one. */
  readonly failure: string | undefined
  /** Of events 1 to `count`; undefined where not all are expected. */
  readonly checksum: number | undefined
  /** From asking for the events to the last one. */
  readonly total: number
  /** What the exercise takes many times: see there. */
  readonly times: readonly number[]
  /** The numbers of the events, where not all are expected. */
  readonly numbers: readonly number[]
}

/** What a page tells the bench. */
export interface PageReport extends Findings {
  /** From the call that connects to the first event, in ms. */
  readonly first: number
}
