import { HoldfastError, toHoldfastError } from './errors.js'
import { explain } from './explain.js'
import { iterate } from './iterate.js'
import { createEmitter } from './kit/emitter.js'
import type { NormalOptions } from './options.js'
import { readable } from './readable.js'
import type { Protocol, Session, SessionSink } from './seams.js'
import { createTopics } from './topics.js'
import type {
  CloseReason,
  Connection,
  ConnectionState,
  EventsOptions,
  Gap,
  LiveEvent,
  SendOptions,
  StreamItem,
} from './types.js'
import { validate } from './validate.js'

/** What listeners hear: events by their types, and the connection's own news under names that no event can have. */
interface Heard {
  [type: string]: LiveEvent
  [GAP]: Gap
  [ERROR]: HoldfastError
  [STATE]: ConnectionState
}
const GAP: unique symbol = Symbol()
const ERROR: unique symbol = Symbol()
const STATE: unique symbol = Symbol()

/** The public object: listeners, topics and iterators over a session, whichever it is. */
export function createConnection(
  options: NormalOptions,
  protocol: Protocol,
  createSession: (sink: SessionSink) => Session,
): Connection {
  const { env, url, signal, schema, sendSchema, replySchema, decode = protocol.decode } = options
  const { add, emit, has } = createEmitter<Heard>(env)

  const opened = new Promise<void>((resolve, reject) => {
    add(STATE, ({ status, error, reason }) => {
      if (status === 'open') resolve()
      if (reason) reject(error ?? new HoldfastError('closed', 'The connection was closed before it was open.'))
    })
  })
  opened.catch(() => {}) // who does not wait for it need not handle it
  const closed = new Promise<CloseReason>((resolve) => {
    add(STATE, ({ reason }) => {
      if (!reason) return
      signal?.removeEventListener('abort', close)
      resolve(reason)
    })
  })

  const session = createSession({
    event(type, data, id) {
      const heard = has(type)
      const heardByAll = has('*')
      // Decoding is most of what an event costs: it is paid only for what somebody hears.
      if (!heard && !heardByAll) return
      let event: LiveEvent
      try {
        event = { type, data: validate(schema, type, decode(data, { type, id }), 'An event', id), id }
      } catch (cause) {
        return emit(ERROR, toHoldfastError(cause, 'decode', `An event of type "${type}" could not be decoded`, id))
      }
      if (heard) emit(type, event)
      if (heardByAll) emit('*', event)
    },
    gap: (gap) => emit(GAP, gap),
    error: (error) => emit(ERROR, error),
    stateChange: (state) => emit(STATE, state),
  })
  const close = () => session.close()
  const subscribe = createTopics(env, options.topics, session.topics)
  signal?.addEventListener('abort', close)
  if (signal?.aborted) close()

  const send = async (type: string, data?: unknown, sendOptions?: SendOptions) => {
    validate(sendSchema, type, data, 'A message')
    return validate(replySchema, type, await session.send(type, data, sendOptions), 'A reply')
  }

  /** What an iterator hears: events, gaps in their places, and the end. */
  const listen = (type: string, push: (item: StreamItem<LiveEvent>) => void, end: (error?: unknown) => void) => {
    const ends = ({ error, reason }: ConnectionState) => {
      if (reason) end(reason === 'page' || reason === 'stopped' ? undefined : error)
    }
    const stops = [add(type, push), add(GAP, (gap) => push({ type: 'holdfast:gap', ...gap })), add(STATE, ends)]
    env.queueMicrotask(() => ends(session.state))
    return () => {
      for (const stop of stops) stop()
    }
  }

  const events = (type = '*', eventsOptions?: EventsOptions) =>
    iterate<LiveEvent>((push, end) => listen(type, push, end), eventsOptions)

  return {
    opened,
    closed,
    get state() {
      return session.state
    },
    on: add,
    onStateChange: (listener, listenOptions) => add(STATE, listener, listenOptions),
    onGap: (listener, listenOptions) => add(GAP, listener, listenOptions),
    onError: (listener, listenOptions) => add(ERROR, listener, listenOptions),
    events,
    readable: (type?: string, eventsOptions?: EventsOptions) => readable(events(type, eventsOptions)),
    send,
    subscribe,
    explain: () => explain(url, session.state, session.attempts(), session.remembered(), session.sharing?.()),
    close,
    [Symbol.dispose]: close,
  }
}
