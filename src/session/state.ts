import type { HoldfastError } from '../errors.js'
import type { CloseReason, ConnectionState } from '../types.js'

/** Everything that can change a connection's state. */
export type StateInput =
  /** A round of attempts begins. */
  | { kind: 'attempting' }
  /** A carrier is ready. */
  | { kind: 'carried'; transport: string }
  /** It has lived long enough to count as sound. */
  | { kind: 'settled' }
  /** A round failed, or the carrier is gone. */
  | { kind: 'lost'; error: HoldfastError | undefined }
  | { kind: 'closed'; reason: CloseReason; error: HoldfastError | undefined }

const initialState: ConnectionState = {
  status: 'connecting',
  transport: undefined,
  attempt: 0,
  lastEventId: undefined,
  error: undefined,
  reason: undefined,
  role: undefined,
}

/** The one place where a state follows from another. Closed is final. */
function reduce(state: ConnectionState, input: StateInput): ConnectionState {
  const { status, transport, attempt } = state
  // A connection that was never open is still connecting.
  const down = { ...state, status: status === 'connecting' ? status : 'reconnecting', transport: undefined } as const
  if (status === 'closed') return state
  switch (input.kind) {
    case 'attempting':
      return { ...down, attempt: attempt + 1 }
    case 'carried':
      if (status === 'open' && transport === input.transport) return state
      return { ...state, status: 'open', transport: input.transport, error: undefined }
    case 'settled':
      return attempt ? { ...state, attempt: 0 } : state
    case 'lost':
      return { ...down, error: input.error }
    case 'closed':
      return { ...down, status: input.kind, reason: input.reason, error: input.error }
  }
}

export interface StateStore {
  /** The newest; its `lastEventId` may be older: the cursor moves with every event. */
  readonly now: ConnectionState
  /** The snapshot follows the cursor when somebody looks. */
  snapshot(): ConnectionState
  dispatch(input: StateInput): void
}

export function createStateStore(
  cursor: () => string | undefined,
  changed: (state: ConnectionState) => void,
): StateStore {
  const store = {
    now: initialState,
    snapshot() {
      const lastEventId = cursor()
      if (store.now.lastEventId !== lastEventId) store.now = { ...store.now, lastEventId }
      return Object.freeze(store.now)
    },
    dispatch(input: StateInput) {
      const before = store.now
      store.now = reduce(before, input)
      if (store.now !== before) changed(store.snapshot())
    },
  }
  return store
}
