import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as constants from '../../../src/constants.js'

/** Which test holds each constant to its meaning: in which file, under which title. All of them count with literal numbers. */
const heldBy: { [constant: string]: [file: string, title: string] } = {
  HEAD_START: ['staggered-start', 'each transport has a head start over the next'],
  HEAD_START_ROUND_TRIPS: [
    'staggered-start',
    'where the round trip is known, the head start is four of them and a little',
  ],
  HEAD_START_EXTRA: ['staggered-start', 'where the round trip is known, the head start is four of them and a little'],
  HEAD_START_NEXT_ROUND_TRIPS: [
    'staggered-start',
    'after one that was late the next has a head start of one round trip alone',
  ],
  HEAD_START_MAX: ['staggered-start', 'on a slow line the head start is never longer than 1.5 s'],
  PROOF_TIMEOUT: ['staggered-start', 'a more preferred one that hangs keeps its chance for ten seconds, then ends'],
  LAST_CHANCE: [
    'staggered-start',
    'where all others have failed, one that hangs is waited for 1.5 s, and twice as long in every further round',
  ],
  HEARTBEAT_MARGIN: ['liveness', 'silence is noticed within the heartbeat and five seconds'],
  TIMER_LATE: ['liveness', 'one that is a little later is'],
  LATE_GRACE: ['liveness', 'after sleep, who still says nothing within two seconds is dead'],
  POLL_WAIT: [
    'poll-liveness',
    'the first poll waits for nothing and is due at once; a later one has its wait, and a margin',
  ],
  HEADERS_TIMEOUT: ['headers', 'a function that never answers is given up after ten seconds, and its signal says so'],
  RENEW_BEFORE: [
    'headers',
    'an authorization that expires is renewed half a minute before, by a repeated hello on the WebSocket',
  ],
  RENEW_FLOOR: ['headers', 'an authorization of %i ms is renewed after %i ms, and never sooner than after a second'],
  MIN_DELAY: ['reconnect', 'attempts that fail are repeated after an exponentially growing, wholly random time'],
  MAX_DELAY: ['reconnect', 'attempts that fail are repeated after an exponentially growing, wholly random time'],
  RETRY_FLOOR: ['reconnect', '%j makes the window %i ms'],
  RETRY_CEILING: ['reconnect', 'a window of an hour and more is an hour'],
  STABLE_AFTER: ['reconnect', 'the backoff starts anew only after the connection has lived for five seconds'],
  FLAPS_ALLOWED: ['flapping', 'deaths for no known reason do count'],
  FORGET_AFTER: ['memory', 'what was learned expires after an hour'],
  PROBE_AFTER: [
    'switching-up',
    'who is on a less preferred transport probes upward after 30 s, then after ever longer',
  ],
  PROBE_MAX: ['switching-up', 'who is on a less preferred transport probes upward after 30 s, then after ever longer'],
  LEADER_SILENCE: ['sharing-liveness', 'a leader that is silent for a second is asked'],
  LEADER_TIMEOUT: ['sharing-liveness', 'a leader that does not answer is replaced before three seconds have passed'],
  ELECTION: ['sharing-liveness', 'without locks a tab that hears of no leader for 200 ms leads'],
  SHARED_MEMORY: [
    'sharing-limits',
    'a tab that comes back within a thousand events goes on from the memory of its leader',
  ],
  SHARED_MEMORY_SIZE: ['sharing-limits', 'the memory holds a million characters'],
  SHARED_BATCH: ['sharing-limits', 'what comes in one task is one message, up to 65,536 characters'],
  CATCH_UP_FAILURES: [
    'sharing-catch-up',
    'a request of its own that fails is made again, eight times; then the page is told of a gap',
  ],
  FOLLOWER_PING: ['sharing-limits', 'a follower is heard of once a minute, even if its leader never pauses'],
  FOLLOWER_FORGOTTEN: ['sharing-limits', 'what a follower wanted to hear is forgotten after three minutes of silence'],
  MAX_EVENT_SIZE: ['too-large', 'by default an event may have four megabytes'],
  MAX_QUEUED_SENDS: ['outbox', 'more than a thousand that wait are too many'],
  SEND_WINDOW: ['outbox', 'not more than 64 are on their way'],
  MESSAGE_LIMIT: ['outbox', 'a server that names no limit takes 64 kilobytes'],
  KEEPALIVE_LIMIT: ['going-away', 'what goes with the page fits into a keepalive request, and uses it'],
  EXPLAINED_ATTEMPTS: ['explain', 'the newest fifty attempts are kept'],
  EVENTS_LIMIT: ['iterator', 'by default a thousand items wait'],
  PIECE: ['reading', 'is read in pieces, and the page has its turn after each'],
}

test('every constant is held by a test', () => {
  expect(Object.keys(heldBy).sort()).toEqual(Object.keys(constants).sort())
})

test.each(Object.entries(heldBy))('%s is held by a test that exists', (_, [file, title]) => {
  const source = readFileSync(`test/unit/client/${file}.test.ts`, 'utf8')
  expect(source).toContain(`'${title}'`)
})
