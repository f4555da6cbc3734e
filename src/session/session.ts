import { MAX_DELAY, MIN_DELAY, RENEW_BEFORE, RETRY_CEILING, STABLE_AFTER } from '../constants.js'
import { HoldfastError, toHoldfastError } from '../errors.js'
import { clamp } from '../kit/clamp.js'
import { watchPage } from '../kit/page.js'
import type { Control, Hello, Transport } from '../seams.js'
import type { CloseReason, ConnectionState, ExplainedAttempt, Gap, SendOptions } from '../types.js'
import type { Ready, Scope } from './attempt.js'
import { createDirect } from './direct.js'
import { askHeaders, type HeadersSource } from './headers.js'
import { createMemory, type Memory } from './memory.js'
import { createOutbox } from './outbox.js'
import { createRecord } from './record.js'
import { createRetry, type ReconnectPolicy } from './retry.js'
import { type Round, startRound } from './round.js'
import { initialState, reduce, type StateInput } from './state.js'
import { gravest, isFinal, isRefusal } from './verdict.js'

export interface SessionOptions extends Scope {
  readonly transports: readonly Transport[]
  readonly headers: HeadersSource | undefined
  readonly lastEventId: string | undefined
  /** false: the first end is the end. */
  readonly reconnect: Partial<ReconnectPolicy> | false
}

/** Where a session tells what it has: the floor above. */
export interface SessionSink {
  event(type: string, data: string | ArrayBuffer, id: string | undefined): void
  gap(gap: Gap): void
  error(error: HoldfastError): void
  stateChange(state: ConnectionState): void
}

/** One logical stream across many attempts. The follower of a shared connection has the same interface. */
export interface Session {
  readonly state: ConnectionState
  send(type: unknown, data: unknown, options?: SendOptions): Promise<unknown>
  /** Which topics the page wants to hear, all of them. */
  topics(topics: readonly string[]): void
  attempts(): ExplainedAttempt[]
  remembered(): ReturnType<Memory['entries']>
  close(): void
}

export function createSession(options: SessionOptions, sink: SessionSink): Session {
  const { env, protocol, reconnect } = options
  const policy = {
    minDelay: MIN_DELAY,
    maxDelay: MAX_DELAY,
    maxAttempts: Number.POSITIVE_INFINITY,
    ...(reconnect || {}),
  }
  const retry = createRetry(env, policy)
  const memory = createMemory(env, options.url.origin)
  const record = createRecord(env)
  const outbox = protocol.native ? createOutbox(env) : createDirect()
  let state = initialState
  let cursor = options.lastEventId
  let topics: readonly string[] = []
  let headers: Record<string, string> = {}
  let round: Round | undefined
  /** Aborts what the headers function does for a round that is over. */
  let asking = new AbortController()
  let retryTimer: unknown
  let stableTimer: unknown
  let renewTimer: unknown
  let drainTimer: unknown
  let wasOpen = false
  let away = false
  /** The headers were asked for again after a refusal. */
  let askedAgain = false
  /** The server asked for the wait: nobody may shorten it. */
  let mustWait = false

  /** The cursor moves with every event: the snapshot follows when somebody looks. */
  const snapshot = () => {
    if (state.lastEventId !== cursor) state = { ...state, lastEventId: cursor }
    return Object.freeze(state)
  }
  const dispatch = (input: StateInput) => {
    const before = state
    state = reduce(state, input)
    if (state !== before) sink.stateChange(snapshot())
  }

  const stopRound = () => {
    for (const timer of [retryTimer, stableTimer, renewTimer, drainTimer]) env.clearTimeout(timer)
    retryTimer = undefined
    asking.abort()
    round?.stop()
    round = undefined
    outbox.lost()
  }
  const close = (reason: CloseReason, error?: HoldfastError) => {
    if (state.status === 'closed') return
    stopRound()
    unwatch()
    dispatch({ kind: 'closed', reason, error })
    outbox.close()
  }

  const begin = () => {
    stopRound()
    if (away || state.status === 'closed') return
    mustWait = false
    dispatch({ kind: 'attempting' })
    asking = new AbortController()
    if (typeof options.headers === 'function') withHeaders(start, broken)
    else start({ ...options.headers })
  }
  const withHeaders = (use: (fresh: Record<string, string>) => void, fail: (error: HoldfastError) => void) => {
    const { signal } = asking
    askHeaders(env, options.headers, signal).then(
      (fresh) => signal.aborted || use(fresh),
      (error) => signal.aborted || fail(toHoldfastError(error)),
    )
  }
  const start = (fresh: Record<string, string>) => {
    headers = fresh
    let asked = topics
    round = startRound(options, options.transports, memory, record, {
      hello,
      event,
      control,
      ready(carrier, answer, answersHello) {
        adoptPosition(answer)
        if (!answersHello && answer.handled !== null) return
        settleIn(answer)
        outbox.ready(carrier, answer.handled)
        dispatch({ kind: 'carried', transport: carrier.transport.name })
        // What was subscribed to while nothing carried yet was not in the hello.
        if (asked !== topics) round?.carrier?.hello()
        asked = topics
      },
      failed: (failures) => broken(gravest(failures, wasOpen)),
      lost: (error) => broken(error, true),
    })
  }
  const hello = (number: number): Hello => ({ number, cursor, topics: [...topics], headers, ...outbox.hello() })

  /** The hot path. The cursor moves when the event was dispatched, not before. */
  const event = (type: string, data: string | ArrayBuffer, id: string | undefined) => {
    sink.event(type, data, id)
    if (id !== undefined) cursor = id
  }
  const gap = (position: string | undefined, reason: string) => {
    sink.gap({ position, reason })
    cursor = position
  }

  const adoptPosition = ({ id, gap: lost }: Ready) => {
    // Without ids nothing can be resumed: after a break something may be missing, and the page is told.
    if (lost || (wasOpen && (protocol.native ? id : cursor) === undefined)) gap(id, lost ? 'history' : 'unknown')
    else cursor = id ?? cursor
    wasOpen = true
  }
  const settleIn = ({ denied = [], expires, reconnect }: Ready) => {
    retry.window(reconnect)
    for (const topic of denied) {
      sink.error(new HoldfastError('topic-denied', `The server does not let this page hear the topic "${topic}".`))
    }
    env.clearTimeout(stableTimer)
    stableTimer = env.setTimeout(() => {
      askedAgain = false
      dispatch({ kind: 'settled' })
    }, STABLE_AFTER)
    env.clearTimeout(renewTimer)
    if (expires && typeof options.headers === 'function') {
      renewTimer = env.setTimeout(renew, clamp(expires - Math.min(RENEW_BEFORE, expires / 2), 0, RETRY_CEILING, 0))
    }
  }
  const renew = () =>
    withHeaders((fresh) => {
      headers = fresh
      round?.carrier?.hello()
      // If this fails the server will say when the old ones are worth nothing any more.
    }, sink.error)

  const control = (message: Control) => {
    switch (message.kind) {
      case 'cursor':
        cursor = message.id
        break
      case 'gap':
        gap(message.id, message.reason ?? 'unknown')
        break
      case 'result':
        outbox.result(message.number, message.value, message.error)
        break
      case 'rejected':
        sink.error(message.error)
        // Behind an event that cannot be read, or it would be fetched again for ever.
        if (message.error.id !== undefined) cursor = message.error.id
        else if (cursor !== undefined) gap(undefined, message.error.code)
        break
      case 'retry':
        retry.base(message.delay)
        break
      case 'drain':
        drainTimer = env.setTimeout(begin, clamp(message.window, 0, RETRY_CEILING, 0) * env.Math.random())
        break
    }
  }

  /** The round is over, or could not begin. */
  const broken = (error: HoldfastError | undefined, carried = false) => {
    stopRound()
    dispatch({ kind: 'lost', error })
    if (error) sink.error(error)
    if (error?.code === 'stopped') return close('stopped', error)
    if (error && isRefusal(error)) {
      if (askedAgain || typeof options.headers !== 'function') return close('refused', error)
      askedAgain = true
      return begin()
    }
    if (error && isFinal(error, wasOpen)) return close('refused', error)
    if (!reconnect || state.attempt >= policy.maxAttempts) return close('ended', error)
    mustWait = error?.retryAfter !== undefined
    retryTimer = env.setTimeout(begin, retry.delay(state.attempt, carried, error))
  }

  const unwatch = watchPage(env, {
    hide() {
      // A page in the back/forward cache must hold no connection, and it may never come back.
      away = true
      outbox.leave()
      stopRound()
      dispatch({ kind: 'lost', error: undefined })
    },
    show() {
      if (!away) return
      away = false
      begin()
    },
    thaw() {
      away = false
      begin()
    },
    online() {
      memory.forget()
      // What was open before may be dead without a word.
      if (!mustWait) begin()
    },
    changed: memory.forget,
    visible() {
      if (retryTimer !== undefined && !mustWait) begin()
      round?.carrier?.check()
    },
  })

  // Not at once: what the page subscribes to right after connect() belongs into the first hello, which topics() is told first.
  env.queueMicrotask(() => env.queueMicrotask(begin))
  return {
    get state() {
      return snapshot()
    },
    send(type, data, sendOptions) {
      if (state.status !== 'closed') return outbox.send(type, data, sendOptions)
      return Promise.reject(new HoldfastError('closed', 'The connection is closed: nothing can be sent any more.'))
    },
    topics(wanted) {
      topics = wanted
      round?.carrier?.hello()
    },
    attempts: record.attempts,
    remembered: memory.entries,
    close: () => close('page'),
  }
}
