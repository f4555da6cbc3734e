// What the runner and a server process say to each other.

/** Where a server keeps what it was told. */
export type Store = { kind: 'memory'; maxEvents?: number } | { kind: 'redis'; url: string; maxLength?: number }

export interface ServerSettings {
  /** ms */
  heartbeat: number
  store: Store
  /** Default: the hub's. */
  limits?: { queuedBytes: number; recentEvents: number }
  /** How long an authorization lasts, in ms. Default: for ever. */
  lifetime?: number
  /** Whether a page needs the token of the day. */
  guarded: boolean
  /** Where the page's script lies. */
  page: string
}

/** The data of an event of type `number`. */
export interface NumberData {
  readonly number: number
  /** Whoever hears it shall tell at once what it has heard so far. */
  readonly report?: true
  readonly text: string
  /** Of the text, so that a maimed one is noticed. */
  readonly length: number
}

/** The data of a message of a page, and of the event `said` by which it is told that it was appended. */
export interface SaidData {
  readonly visit: string
  readonly number: number
}

export type ToServer =
  | { kind: 'start'; settings: ServerSettings }
  | { kind: 'publish'; data: NumberData; topic: string | undefined }
  | { kind: 'token'; token: string }
  | { kind: 'expire' }
  | { kind: 'drain'; window: number }
  | { kind: 'memory' }

export type FromServer =
  | { kind: 'started'; port: number }
  | { kind: 'acknowledged'; number: number; id: string }
  | { kind: 'failed'; number: number; why: string }
  | { kind: 'handled'; said: SaidData; transport: string }
  | { kind: 'drained' }
  | { kind: 'memory'; heap: number }
  | { kind: 'trouble'; why: string }
