import {
  HEAD_START,
  HEAD_START_EXTRA,
  HEAD_START_MAX,
  HEAD_START_NEXT_ROUND_TRIPS,
  HEAD_START_ROUND_TRIPS,
  LAST_CHANCE,
  PROBE_AFTER,
  PROBE_MAX,
  PROOF_TIMEOUT,
} from '../constants.js'
import { HoldfastError } from '../errors.js'
import { roundTrip } from '../kit/round-trip.js'
import type { Transport } from '../seams.js'
import { startAttempt } from './attempt.js'
import type { Attempt, AttemptOwner, Ready, Scope } from './contract.js'
import type { Memory } from './memory.js'
import type { AttemptRecord } from './record.js'
import { type Failure, isBlockage, isDecisive, isFarewell } from './verdict.js'

/** Who runs a round, and hears what becomes of it. */
export interface RoundOwner extends Pick<AttemptOwner, 'hello' | 'event' | 'control'> {
  /** The carrier answered a hello: the first one, one after a switch, or a repeated one. */
  ready(carrier: Attempt, ready: Ready, fresh: boolean): void
  /** Nobody got through. */
  failed(failures: readonly Failure[]): void
  /** The carrier is gone, and with it the round. */
  lost(error: HoldfastError | undefined): void
}

export interface Round {
  readonly carrier: Attempt | undefined
  stop(): void
}

/**
 * The staggered start, as RFC 8305 does it for addresses: the most preferred transport first, the next beside it when its
 * head start is over or it failed. The first that proves itself carries; the more preferred keep their chance, and are
 * probed again later: one that proves itself takes over.
 */
export function startRound(
  scope: Scope,
  transports: readonly Transport[],
  memory: Memory,
  record: AttemptRecord,
  owner: RoundOwner,
  /** The how many-eth attempt this round is since the connection was last sound, from 1. */
  number: number,
): Round {
  const { env } = scope
  const queue = [...transports]
  const pending = new Set<Attempt>()
  const failures: Failure[] = []
  const blamed = new Set<Attempt>()
  let carriedSince = 0
  let carrier: Attempt | undefined
  let over = false
  /** Those that were to get through. After the first, something stands in between. */
  let expected = 0
  let timer: unknown
  let probes = 0

  const preferred = (transport: Transport): boolean =>
    !!carrier && transports.indexOf(transport) < transports.indexOf(carrier.transport)

  /** Once for each attempt: it did not get through while another did. */
  const blame = (attempt: Attempt, error?: HoldfastError) => {
    if (blamed.has(attempt) || (error && !isBlockage(error))) return
    blamed.add(attempt)
    memory.failed(attempt.transport.name)
  }

  const stop = () => {
    over = true
    env.clearTimeout(timer)
    carrier?.stop()
    for (const attempt of pending) drop(attempt, 'not needed any more')
  }
  const drop = (attempt: Attempt, why: string) => {
    attempt.note('lost', why)
    pending.delete(attempt)
    attempt.stop()
  }

  const begin = (transport: Transport) =>
    pending.add(startAttempt(scope, transport, attemptOwner, record.begin(transport.name)))

  const next = () => {
    env.clearTimeout(timer)
    memory.order(queue)
    const transport = queue.shift()
    if (!transport) {
      if (!pending.size) fail()
      else timer = env.setTimeout(fail, Math.min(PROOF_TIMEOUT, LAST_CHANCE * 2 ** (number - 1)))
      return
    }
    begin(transport)
    if (!queue.length || carrier || over) return
    // Reading what is remembered takes a browser some ms: the first transport is on its way meanwhile.
    if (memory.trusted(transport.name)) timer = env.setTimeout(next, headStart(expected++))
    else next()
  }
  const headStart = (late: number) => {
    const known = roundTrip(env)
    if (!known) return HEAD_START
    if (late) return HEAD_START_NEXT_ROUND_TRIPS * known
    return Math.min(HEAD_START_MAX, HEAD_START_ROUND_TRIPS * known + HEAD_START_EXTRA)
  }
  const fail = () => {
    stop()
    // Where nobody gets through the server is down: that it died before says nothing of the transport.
    memory.pardon()
    owner.failed(failures)
  }

  const adopt = (attempt: Attempt, why: string) => {
    const before = carrier
    carrier = attempt
    carriedSince = env.Date.now()
    if (before) drop(before, `it carried until ${attempt.transport.name} took over`)
    pending.delete(attempt)
    attempt.note('used', why)
    memory.passed(attempt.transport.name)
    env.clearTimeout(timer)
    for (const other of pending) {
      if (preferred(other.transport)) blame(other)
      else drop(other, `${attempt.transport.name} proved itself first`)
    }
    attempt.carry()
  }

  /** Nobody stays on a less preferred transport for ever. */
  const probeLater = () => {
    const candidates = transports.filter(preferred)
    if (over || pending.size || !candidates.length) return
    timer = env.setTimeout(
      () => {
        const candidate = candidates[probes++ % candidates.length]
        if (candidate) begin(candidate)
      },
      Math.min(PROBE_MAX, PROBE_AFTER * 2 ** probes),
    )
  }

  const attemptOwner: AttemptOwner = {
    ...owner,
    ready(attempt, ready, fresh) {
      if (!carrier) {
        for (const { transport, error } of failures) if (isBlockage(error)) memory.failed(transport.name)
        adopt(attempt, 'proved itself first')
        probeLater()
      }
      if (attempt === carrier) owner.ready(attempt, ready, fresh)
    },
    proven(attempt) {
      if (!preferred(attempt.transport)) return
      adopt(attempt, 'proved itself later')
      // The old carrier is silent now: go on from exactly where it stopped.
      attempt.hello()
      probeLater()
    },
    ended(attempt, error) {
      if (attempt === carrier) {
        const lived = env.Date.now() - carriedSince
        // One that never proved itself both ways was of no use, however long it lived.
        if (!isFarewell(error)) memory.died(attempt.transport.name, attempt.proven ? lived : 0)
        attempt.note('failed', `it carried for ${lived} ms: ${error?.message ?? 'the server ended it'}`)
        stop()
        return owner.lost(error)
      }
      const reason = error ?? new HoldfastError('network', 'The server ended it before it had proven itself.')
      attempt.note('failed', reason.message)
      pending.delete(attempt)
      if (carrier) {
        blame(attempt, reason)
        return probeLater()
      }
      failures.push({ transport: attempt.transport, error: reason })
      if (isDecisive(reason)) fail()
      // What was expected to fail takes nothing from the head start of another.
      else if (!pending.size || !queue.length || memory.trusted(attempt.transport.name)) next()
    },
  }

  next()
  return {
    get carrier() {
      return carrier
    },
    stop,
  }
}
