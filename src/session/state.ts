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
  if (state.status === 'closed') return state
  switch (input.kind) {
    case 'attempting':
      return {
        ...state,
        status: state.status === 'open' ? 'reconnecting' : state.status,
        transport: undefined,
        attempt: state.attempt + 1,
      }
    case 'carried':
      if (state.status === 'open' && state.transport === input.transport) return state
      return { ...state, status: 'open', transport: input.transport, error: undefined }
    case 'settled':
      return state.attempt ? { ...state, attempt: 0 } : state
    case 'lost':
      return {
        ...state,
        // A connection that was never open is still connecting.
        status: state.status === 'connecting' ? 'connecting' : 'reconnecting',
        transport: undefined,
        error: input.error,
      }
    case 'closed':
      return { ...state, status: 'closed', transport: undefined, reason: input.reason, error: input.error }
  }
}

export interface StateStore {
  readonly status: ConnectionState['status']
  readonly attempt: number
  /** The cursor moves with every event: the snapshot follows when somebody looks. */
  snapshot(): ConnectionState
  dispatch(input: StateInput): void
}

export function createStateStore(
  cursor: () => string | undefined,
  changed: (state: ConnectionState) => void,
): StateStore {
  let state = initialState
  const snapshot = () => {
    if (state.lastEventId !== cursor()) state = { ...state, lastEventId: cursor() }
    return Object.freeze(state)
  }

  return {
    get status() {
      return state.status
    },
    get attempt() {
      return state.attempt
    },
    snapshot,
    dispatch(input) {
      const before = state
      state = reduce(state, input)
      if (state !== before) changed(snapshot())
    },
  }
}
