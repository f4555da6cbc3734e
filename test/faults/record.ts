import type { WorldSettings } from './settings.js'

// What one world writes down while it lives; the checker reads it when it is over. Times in ms since the epoch.

export interface Published {
  readonly number: number
  readonly topic: string | undefined
  readonly at: number
  /** Which server process was asked. */
  readonly server: number
  /** Nobody knows what became of it where the process died, or its store was away: then it may be heard, once. */
  outcome: 'acknowledged' | 'failed' | 'unknown'
  id?: string
}

export interface Handled {
  readonly visit: string
  readonly number: number
  readonly server: number
  readonly transport: string
  readonly at: number
}

/** What a page saw, in order. */
export type Item =
  /** Events can flow for the first time; `id`: the position from which on. */
  | { readonly kind: 'open'; readonly id: string | undefined; readonly at: number }
  | { readonly kind: 'number'; readonly number: number; readonly id: string | undefined; readonly at: number }
  /** A message of a page was appended to the history. */
  | {
      readonly kind: 'said'
      readonly visit: string
      readonly number: number
      readonly id: string | undefined
      readonly at: number
    }
  | { readonly kind: 'gap'; readonly id: string | undefined; readonly reason: string; readonly at: number }
  | {
      readonly kind: 'state'
      readonly status: string
      readonly transport: string | undefined
      readonly role: string | undefined
      readonly at: number
    }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly at: number }
  /** Something that must never be: a maimed text, a connection that closed. */
  | { readonly kind: 'wrong'; readonly what: string; readonly at: number }

export interface Sent {
  readonly number: number
  readonly at: number
  /** `resolved`, the code of its error, or undefined: not settled yet. */
  outcome?: string
  settledAt?: number
}

/** One page from when it was loaded to its end. */
export interface Visit {
  readonly id: string
  /** Of the tab, which may load its page again. */
  readonly tab: string
  readonly topics: readonly string[]
  readonly items: Item[]
  readonly sent: Sent[]
  /** How it ended; undefined: it lived until the end of the world. */
  over?: string
  explained?: string
}

export interface FaultRecord {
  readonly kind: string
  readonly at: number
  /** Undefined where there was nothing to heal. */
  healedAt?: number
  /** When every page that lives had heard something that was published after it. */
  recoveredAt?: number
  /** Another one overlapped it. */
  readonly mixed: boolean
  /** The tab that it befell, where it was one alone. */
  readonly tab?: string
  readonly detail?: string
}

export interface WorldRecord {
  readonly seed: number
  readonly world: number
  readonly engine: string
  readonly settings: WorldSettings
  readonly published: Published[]
  readonly handled: Handled[]
  readonly visits: Visit[]
  readonly faults: FaultRecord[]
  /** What servers reported by themselves. */
  readonly troubles: string[]
  /** What the runner itself saw go wrong: a page that never came back. */
  readonly failures: string[]
}
