import { HoldfastError } from './errors.js'
import { explain } from './explain.js'
import { iterate } from './iterate.js'
import { createEmitter, type Emitter } from './kit/emitter.js'
import type { NormalOptions } from './options.js'
import type { Protocol } from './seams.js'
import type { Session, SessionSink } from './session/session.js'
import type {
  CloseReason,
  Connection,
  ConnectionState,
  EventsOptions,
  Gap,
  ListenOptions,
  LiveEvent,
  SendOptions,
  StreamItem,
} from './types.js'

/** The public object: listeners, topics and iterators over a session, whichever it is. */
export function createConnection(
  options: NormalOptions,
  protocol: Protocol,
  createSession: (sink: SessionSink) => Session,
): Connection {
  const { env, url, signal, decode = protocol.decode } = options
  const byType = new Map<string, Emitter<LiveEvent>>()
  const all = createEmitter<LiveEvent>(env)
  const gaps = createEmitter<Gap>(env)
  const errors = createEmitter<HoldfastError>(env)
  const states = createEmitter<ConnectionState>(env)
  const topics = new Map<string, number>()
  let topicsChanged = false
  let settleOpened: { resolve(): void; reject(error: HoldfastError): void }
  let settleClosed: (reason: CloseReason) => void

  const opened = new Promise<void>((resolve, reject) => {
    settleOpened = { resolve, reject }
  })
  opened.catch(() => {}) // who does not wait for it need not handle it
  const closed = new Promise<CloseReason>((resolve) => {
    settleClosed = resolve
  })

  const session = createSession({
    event(type, data, id) {
      const listeners = byType.get(type)
      if (!listeners?.size && !all.size) return
      let event: LiveEvent
      try {
        // The third of a second that decoding a burst costs is paid only for what is heard.
        event = { type, data: decode(data, { type, id }), id }
      } catch (cause) {
        errors.emit(
          new HoldfastError('decode', `The data of an event of type "${type}" could not be decoded.`, { cause, id }),
        )
        return
      }
      listeners?.emit(event)
      all.emit(event)
    },
    gap: gaps.emit,
    error: errors.emit,
    stateChange(state) {
      if (state.status === 'open') settleOpened.resolve()
      if (state.status === 'closed') {
        signal?.removeEventListener('abort', close)
        settleOpened.reject(state.error ?? new HoldfastError('closed', 'The connection was closed before it was open.'))
        if (state.reason) settleClosed(state.reason)
      }
      states.emit(state)
    },
  })

  const tellTopics = () => {
    if (topicsChanged) return
    topicsChanged = true
    // Several changes in one task are one hello.
    env.queueMicrotask(() => {
      topicsChanged = false
      session.topics([...topics.keys()])
    })
  }
  const subscribe = (topic: string) => {
    if (!topic || typeof topic !== 'string') throw new TypeError('subscribe: the topic must be a non-empty string.')
    let left = false
    const count = topics.get(topic) ?? 0
    topics.set(topic, count + 1)
    if (!count) tellTopics()
    return () => {
      if (left) return
      left = true
      const count = topics.get(topic) ?? 0
      if (count > 1) topics.set(topic, count - 1)
      else {
        topics.delete(topic)
        tellTopics()
      }
    }
  }
  const on = (type: string, listener: (event: LiveEvent) => void, listenOptions?: ListenOptions) => {
    if (typeof listener !== 'function') throw new TypeError('on: the listener must be a function.')
    let listeners = type === '*' ? all : byType.get(type)
    if (!listeners) byType.set(type, (listeners = createEmitter(env)))
    return listeners.add(listener, listenOptions)
  }
  /** What an iterator hears: events, gaps in their places, and the end. */
  const listen = (type: string, push: (item: StreamItem<LiveEvent>) => void, end: (error?: unknown) => void) => {
    const ends = ({ status, error, reason }: ConnectionState) => {
      if (status === 'closed') end(reason === 'page' || reason === 'stopped' ? undefined : error)
    }
    const stops = [on(type, push), gaps.add((gap) => push({ type: 'holdfast:gap', ...gap })), states.add(ends)]
    env.queueMicrotask(() => ends(session.state))
    return () => {
      for (const stop of stops) stop()
    }
  }
  const close = () => session.close()

  for (const topic of options.topics) topics.set(topic, 1)
  session.topics([...topics.keys()])
  signal?.addEventListener('abort', close)
  if (signal?.aborted) close()

  return {
    opened,
    closed,
    get state() {
      return session.state
    },
    on,
    onStateChange: states.add,
    onGap: gaps.add,
    onError: errors.add,
    events: (type = '*', eventsOptions?: EventsOptions) =>
      iterate<LiveEvent>((push, end) => listen(type, push, end), eventsOptions),
    send: (type: string, data?: unknown, sendOptions?: SendOptions) => session.send(type, data, sendOptions),
    subscribe,
    explain: () => explain(url, session.state, session.attempts(), session.remembered()),
    close,
    [Symbol.dispose]: close,
  }
}
