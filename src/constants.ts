/**
 * Every number by which Holdfast decides, with its reason. Durations in ms. docs/constants.md repeats the table for
 * readers; test/unit/client/constants.test.ts holds each of them to what it says here.
 */

/** Head start of a transport over the next, where nothing is known of the round trip: most handshakes on mobile networks fit in. */
export const HEAD_START = 300
/** TCP, TLS and the upgrade take up to four round trips: so many, and what follows, are the head start where the round trip is known. */
export const HEAD_START_ROUND_TRIPS = 4
/** What servers and browsers add to the round trips of a handshake. */
export const HEAD_START_EXTRA = 30
/** Of one after a transport that failed or was late: something stands in between, and one request too many costs less than to wait again. */
export const HEAD_START_NEXT_ROUND_TRIPS = 1
/** The head start is never longer: a visitor on a slow line should not wait for a second transport any longer either. */
export const HEAD_START_MAX = 1500

/** A carrier that has not proven itself by then has failed; also how long a preferred one keeps its chance once another carries. */
export const PROOF_TIMEOUT = 10_000
/**
 * Where all others have failed, one that still hangs is waited for so long, and twice as long in every further round: the
 * others must be tried again soon, and one that is merely slow must get through at last.
 */
export const LAST_CHANCE = 1_500
/** Silence beyond the server's heartbeat before a carrier is given up: two lost packets on a slow line. */
export const HEARTBEAT_MARGIN = 5_000
/** A timer that fires later than this was throttled, or the machine slept: then the silence proves nothing. */
export const TIMER_LATE = 1_000
/** After a late timer, bytes that had queued up get this long to arrive. */
export const LATE_GRACE = 2_000
/** A long-poll asks the server to wait so long: below the 30 s at which common proxies cut. */
export const POLL_WAIT = 25_000
/** `headers` must answer by then. */
export const HEADERS_TIMEOUT = 10_000
/** How long before an authorization expires it is renewed; at most half of its life. */
export const RENEW_BEFORE = 30_000
/** No authorization is renewed sooner: a server that says that it ends at once must not be asked in a busy loop. */
export const RENEW_FLOOR = 1_000

/** First step of the backoff. */
export const MIN_DELAY = 500
/** Longest backoff, unless the server has so many clients that it asks for a longer window. Who looks at the page again does not wait. */
export const MAX_DELAY = 30_000
/** The shortest window that a server may ask for: `retry: 0` must not become a busy loop. */
export const RETRY_FLOOR = 50
/** The longest wait that a server may ask for by `ready`, `retry:` or `Retry-After`; also far below the 2^31 ms where timers overflow. */
export const RETRY_CEILING = 3_600_000
/** A connection that lived this long was sound: backoff starts anew, and earlier quick deaths are forgotten. */
export const STABLE_AFTER = 5_000

/** So many deaths before STABLE_AFTER in a row, and a transport loses its place in the order. */
export const FLAPS_ALLOWED = 2
/** What did not pass is remembered so long: a working day is too long, a visit too short. */
export const FORGET_AFTER = 3_600_000
/** First upward probe, after a less preferred transport carries; every further one waits twice as long. */
export const PROBE_AFTER = 30_000
/** Longest time between upward probes. */
export const PROBE_MAX = 600_000

/** A tab asks a leader that has said nothing for so long whether it is there. */
export const LEADER_SILENCE = 1_000
/** A leader that does not answer within this time is replaced: both together stay below the 3 s that a page may stand still. */
export const LEADER_TIMEOUT = 1_900
/** Without Web Locks: who hears of no leader for so long leads. A busy tab answers later than this, but a new one should not wait. */
export const ELECTION = 200
/** Events that a leader remembers for followers that come back. At least so many, at most twice. */
export const SHARED_MEMORY = 1_000
/** Text that it remembers for them, in UTF-16 code units: likewise. */
export const SHARED_MEMORY_SIZE = 1_048_576
/** Text that goes to the followers at once, in UTF-16 code units, even if the task that brings it is not over. */
export const SHARED_BATCH = 65_536
/** So often in a row a follower may fail to ask the server for what its leader does not have; after that it is told a gap. */
export const CATCH_UP_FAILURES = 8
/** A follower says so often at least that it is there, in case its leader never pauses. */
export const FOLLOWER_PING = 60_000
/** What a follower wanted to hear is forgotten when it has said nothing for so long. Throttled timers fire once a minute. */
export const FOLLOWER_FORGOTTEN = 180_000

/** Largest event, in UTF-16 code units as they are buffered. */
export const MAX_EVENT_SIZE = 4_194_304
/** Messages that wait to be sent, or for their outcome. */
export const MAX_QUEUED_SENDS = 1_000
/** Messages that are on their way without an outcome: PROTOCOL.md obliges servers to take so many. */
export const SEND_WINDOW = 64
/** What a client message may hold where the server named no limit, in bytes. */
export const MESSAGE_LIMIT = 65_536
/** Browsers refuse larger bodies of keepalive requests, in bytes (Fetch, "HTTP-network-or-cache fetch"). */
export const KEEPALIVE_LIMIT = 65_536
/** Attempts that explain() remembers. */
export const EXPLAINED_ATTEMPTS = 50
/** Items that an iterator holds for a slow reader. */
export const EVENTS_LIMIT = 1_000
/** So much of a body is read in one task, in bytes: some 600 short events, about a ms of work on a desktop machine. */
export const PIECE = 100_000
