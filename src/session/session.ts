import { RENEW_FLOOR, RETRY_CEILING, STABLE_AFTER } from '../constants.js'
import { HoldfastError } from '../errors.js'
import { clamp } from '../kit/clamp.js'
import { watchPage } from '../kit/page.js'
import type { Control, Hello, Session, SessionSink, Transport } from '../seams.js'
import type { CloseReason } from '../types.js'
import type { Ready, Scope } from './contract.js'
import { createHeaders, type HeadersSource } from './headers.js'
import { createMemory } from './memory.js'
import { createOutbox } from './outbox.js'
import { createRecord } from './record.js'
import { createRetry, type ReconnectPolicy } from './retry.js'
import { type Round, type RoundOwner, startRound } from './round.js'
import { createStateStore } from './state.js'
import { gravest, isFinal, isRefusal } from './verdict.js'

export interface SessionOptions extends Scope {
  readonly transports: readonly Transport[]
  readonly headers?: HeadersSource
  readonly lastEventId?: string
  /** false: the first end is the end. */
  readonly reconnect: Partial<ReconnectPolicy> | false
}

export function createSession(options: SessionOptions, sink: SessionSink): Session {
  const { env, protocol, reconnect } = options
  const retry = createRetry(env, reconnect || {})
  const memory = createMemory(env, options.url.origin)
  const record = createRecord(env)
  const outbox = createOutbox(env, protocol.native)
  const headers = createHeaders(env, options.headers)
  let { transports } = options
  let cursor = options.lastEventId || undefined
  let topics: readonly string[] = []
  let round: Round | undefined
  let retryTimer: unknown
  let stableTimer: unknown
  let drainTimer: unknown
  let wasOpen = false
  let principal: string | undefined
  let away = false
  let renewedBefore = false
  /** The newest error of which the page has heard already. */
  let reported: HoldfastError | undefined
  /** The server asked to wait until then, in ms since the epoch: nobody may shorten it. */
  let notBefore = 0

  const state = createStateStore(() => cursor, sink.stateChange)
  const { dispatch } = state

  const stopRound = () => {
    for (const timer of [retryTimer, stableTimer, drainTimer]) env.clearTimeout(timer)
    retryTimer = undefined
    headers.stop()
    round?.stop()
    round = undefined
    outbox.lost()
  }
  const close = (reason: CloseReason, error?: HoldfastError) => {
    if (state.now.status === 'closed') return
    stopRound()
    unwatch()
    dispatch({ kind: 'closed', reason, error })
    outbox.close()
  }

  const begin = () => {
    stopRound()
    if (away || state.now.status === 'closed' || !transports.length) return
    dispatch({ kind: 'attempting' })
    headers.ask(start, broken)
  }
  const start = () => {
    const owner: RoundOwner = {
      hello,
      event,
      control,
      ready(carrier, answer, answersHello) {
        const current = round
        sink.ready?.(answer, carrier)
        if (round !== current) return
        adoptPosition(answer, carrier.transport)
        if (round !== current) return // a listener may have closed the connection
        const stranger = outbox.adopt(answer.epoch) || (principal && principal !== answer.principal)
        principal = answer.principal
        if (!answersHello && answer.handled !== null && !stranger) return // a mere poll tells nothing else
        settleIn(answer)
        // Sends are counted for each principal: what another one's account says of these is nothing.
        outbox.ready(carrier, stranger ? null : answer.handled)
        dispatch({ kind: 'carried', transport: carrier.transport.name })
        for (const topic of Array.isArray(answer.denied) ? answer.denied : []) {
          sink.error(new HoldfastError('topic-denied', `This page may not hear the topic "${topic}".`, { topic }))
        }
        // What was subscribed to while nothing carried yet was not in the hello.
        if (round && carrier.topics !== topics && protocol.native) carrier.hello()
      },
      failed: (failures) => broken(gravest(failures, wasOpen, protocol.native)),
      lost: (error) => broken(error, true),
    }
    round = startRound(options, transports, memory, record, owner, state.now.attempt)
  }
  const hello = (number: number): Hello => ({
    number,
    cursor,
    topics,
    headers: headers.current,
    ...outbox.hello(),
  })

  /** The hot path. The cursor moves when the event was dispatched, not before. */
  const event = (type: string, data: string | ArrayBuffer, id: string | undefined, topic?: string) => {
    sink.event(type, data, id, topic)
    if (id !== undefined) cursor = id
  }
  const gap = (position: string | undefined, reason: string) => {
    sink.gap({ position, reason })
    cursor = position
  }

  const adoptPosition = ({ id, gap: lost }: Ready, { framing }: Transport) => {
    // Where nothing can be resumed something may be missing after a break, and the page is told.
    const resumable = protocol.native ? id : framing !== 'message' && cursor
    if (lost || (!resumable && (wasOpen || (protocol.native && cursor)))) gap(id, lost ? 'history' : 'unknown')
    else cursor = id ?? cursor
    wasOpen = true
  }
  const settleIn = ({ expires, reconnect }: Ready) => {
    headers.accepted()
    retry.window(reconnect)
    env.clearTimeout(stableTimer)
    stableTimer = env.setTimeout(() => {
      headers.served()
      renewedBefore = false
      dispatch({ kind: 'settled' })
    }, STABLE_AFTER)
    // If asking fails the server will say when the old ones are worth nothing any more.
    headers.expire(clamp(expires, 2 * RENEW_FLOOR, RETRY_CEILING, 0), () => round?.carrier?.hello(), sink.error)
  }

  const control = (message: Control) => {
    switch (message.kind) {
      case 'cursor':
        cursor = message.id
        break
      case 'gap':
        gap(message.id, message.reason ?? 'unknown')
        break
      case 'pong':
        if (outbox.adopt(message.epoch) && round?.carrier) outbox.ready(round.carrier, null)
        break
      case 'result':
        outbox.result(message.number, message.value, message.error)
        break
      case 'rejected':
        sink.error((reported = message.error))
        // Behind an event that cannot be read, or it would be fetched again for ever.
        cursor = message.error.id ?? cursor
        break
      case 'retry':
        retry.window(message.delay)
        break
      case 'drain':
        env.clearTimeout(drainTimer)
        drainTimer = env.setTimeout(begin, clamp(message.window, 0, RETRY_CEILING, 0) * env.Math.random())
        break
    }
  }

  /** The round is over, or could not begin. */
  const broken = (error: HoldfastError | undefined, carried = false) => {
    stopRound()
    const refused = error && isRefusal(error)
    const retriable = !(error && isFinal(error, wasOpen, protocol.native)) && (!refused || headers.refused())
    const again = retriable && reconnect && state.now.attempt < retry.maxAttempts
    if (again) dispatch({ kind: 'lost', error })
    if (error && error !== reported) sink.error(error)
    if (!again) return close(error?.code === 'stopped' ? 'stopped' : retriable ? 'ended' : 'refused', error)
    if (state.now.status === 'closed') return
    // Credentials that ran out are no trouble of the server's: nobody needs to wait, the first time.
    const renewed = !renewedBefore && (refused || error?.code === 'expired')
    renewedBefore ||= !!renewed
    const delay = renewed ? 0 : retry.delay(state.now.attempt, carried, error)
    notBefore = error?.retryAfter ? env.Date.now() + delay : 0
    retryTimer = env.setTimeout(begin, delay)
  }

  /** Something happened that makes an attempt promising, or what is open worthless. */
  const hurry = () => {
    // What is not to be repeated is not repeated by a wake-up either.
    if (!reconnect || away) return
    const wait = notBefore - env.Date.now()
    env.clearTimeout(retryTimer)
    if (wait > 0) retryTimer = env.setTimeout(begin, wait)
    else begin()
  }
  const unwatch = watchPage(env, {
    hide() {
      outbox.leave()
      if (!reconnect) return close('ended')
      // A page in the back/forward cache must hold no connection, and it may never come back.
      away = true
      stopRound()
      dispatch({ kind: 'lost', error: undefined })
    },
    show() {
      if (!away) return
      away = false
      hurry()
    },
    thaw() {
      away = false
      hurry()
    },
    online() {
      memory.forget()
      // What was open before may be dead without a word.
      hurry()
    },
    changed: memory.forget,
    visible() {
      if (retryTimer !== undefined) hurry()
      round?.carrier?.check()
    },
  })

  // Not at once: what the page subscribes to right after connect() belongs into the first hello, which topics() is told first.
  env.queueMicrotask(() => env.queueMicrotask(begin))
  return {
    get state() {
      return state.snapshot()
    },
    send(...given) {
      if (state.now.status !== 'closed') return outbox.send(...given)
      return Promise.reject(new HoldfastError('closed', 'The connection was closed: nothing can be sent any more.'))
    },
    topics(wanted) {
      topics = wanted
      if (protocol.native) round?.carrier?.hello()
    },
    use(list) {
      transports = list
      begin()
      if (!list.length) dispatch({ kind: 'lost', error: undefined })
    },
    attempts: record.attempts,
    remembered: memory.entries,
    close: () => close('page'),
  }
}
