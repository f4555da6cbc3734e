import type { Env } from '../kit/env.js'
import { watchPage } from '../kit/page.js'
import type { Protocol, Session, SessionSink, Transport } from '../seams.js'
import type { ConnectionState, Role } from '../types.js'
import { type Channel, fromShared, type Heard, type Message, openChannel, type Said, VERSION } from './channel.js'
import { type Election, stand } from './election.js'
import { type Borrowed, createFollower } from './follower.js'
import { createLeader, type Leader } from './leader.js'
import { watchLeader } from './watch.js'

export interface GroupOptions {
  readonly env: Env
  readonly url: URL
  readonly protocol: Protocol
  readonly credentials: RequestCredentials
  readonly transports: readonly Transport[]
  /** Tells those who may share one stream from those who may not. */
  readonly identity: string | number | null
}

/**
 * Many tabs, one connection. Every tab has one session, whatever its part: the leader's runs over the transports of the
 * page, a follower's over the leader. So whatever a session does for its page it does for a follower's page, too.
 */
export function joinGroup(
  { env, url, protocol, credentials, transports, identity }: GroupOptions,
  borrowed: Borrowed,
  createSession: (sink: SessionSink, transports: readonly Transport[]) => Session,
  page: SessionSink,
): Session {
  const name = `holdfast:${VERSION}:${JSON.stringify([url.href, protocol.name, credentials, identity])}`
  const id = `${env.Math.random()}`
  let mine = new Set<string>()
  let wanted: readonly string[] = []
  let role: Role | undefined
  let why = 'It is not decided yet who leads.'
  let ignored = 0
  let channel: Channel | undefined
  let election: Election | undefined
  let leading: Leader | undefined
  let leader: { id: string; term: number; transport: string | undefined } | undefined
  /** The highest that was heard of. */
  let term = 0
  /** The opaque tag of whom the server takes this tab for. */
  let principal: string | undefined
  const post = (message: Message) => channel?.post(message)
  const watch = watchLeader(
    env,
    () => post({ kind: 'ping' }),
    () => election?.takeOver(),
  )
  const leaders = () => transports.find(({ name }) => name === leader?.transport)
  const follower = createFollower(
    protocol,
    leaders,
    borrowed,
    (topic) => mine.has(topic),
    () => principal,
    post,
  )

  const session = createSession(
    {
      event(type, data, id, topic) {
        leading?.event(type, data, id, topic)
        if (topic === undefined || mine.has(topic)) page.event(type, data, id, topic)
      },
      gap(gap) {
        if (follower.gap()) return
        leading?.gap(gap)
        page.gap(gap)
      },
      error(error) {
        leading?.error(error)
        if (error.topic === undefined || mine.has(error.topic)) page.error(error)
      },
      ready(answer, carrier) {
        if (role !== 'follower' && follower.owes() && !answer.gap) page.gap({ position: answer.id, reason: 'history' })
        const before = principal
        principal = answer.principal ?? before
        leading?.ready(answer, carrier)
        // Who is told so has to find out alone whom the server takes it for; a leader has found out.
        if (role !== 'alone' && before !== undefined && before !== principal)
          alone('The server takes the leader for somebody else.')
      },
      stateChange(state) {
        leading?.state(state)
        if (state.status === 'closed') {
          unwatch()
          leave()
        }
        show()
      },
    },
    [],
  )

  let inner: ConnectionState | undefined
  let shown: ConnectionState | undefined
  const view = () => {
    const now = session.state
    const transport = role === 'follower' && now.status === 'open' ? leader?.transport : now.transport
    if (!shown || now !== inner || shown.role !== role || shown.transport !== transport) {
      inner = now
      shown = Object.freeze({ ...now, role, transport })
    }
    return shown
  }
  const show = () => {
    const before = shown
    if (view() !== before) page.stateChange(view())
  }
  const become = (next: Role | undefined, reason: string) => {
    role = next
    why = reason
  }

  const outranks = (message: Said<'lead'>, other: { term: number; id: string }) =>
    message.term > other.term || (message.term === other.term && message.from > other.id)

  const follow = (message: Said<'lead'>) => {
    const { from, transport, status, cursor, error } = message
    const other = leader?.id !== from
    leader = { id: from, term: message.term, transport }
    term = Math.max(term, message.term)
    watch.heard()
    if (other) become('follower', `The tab ${from} leads.`)
    if (status !== 'open' && !other) follower.lost(error)
    else if (other || !follower.running || message.to === id) session.use([follower.transport])
    else follower.touch(cursor)
    show()
  }

  const hear = (message: Heard) => {
    const { kind, from } = message
    if (kind === 'lead') {
      if (leading && !outranks(message, { term, id })) return leading.lead()
      if (leading) {
        stepDown()
        election?.resign()
      }
      if (!leader || from === leader.id || outranks(message, leader)) follow(message)
    } else if (leading) leading.hear(message)
    else if (from === leader?.id) {
      watch.heard()
      if ('to' in message && message.to !== id) return
      if (kind === 'resign') orphaned('The leader has resigned.')
      else if (kind === 'error') page.error(fromShared(message.error))
      else follower.hear(message)
    }
  }

  const lead = () => {
    watch.stop()
    leader = undefined
    term = Math.max(term + 1, env.Date.now())
    become('leader', 'This tab leads.')
    session.use([])
    leading = createLeader(env, protocol, term, session, post)
    leading.topics(wanted)
    // The roll: who follows says hello while the connection is being made.
    leading.lead()
    session.use(transports)
  }
  const orphaned = (reason: string) => {
    leader = leading = undefined
    become(undefined, reason)
    session.use([])
    watch.start(election?.patience && election.patience * env.Math.random())
  }
  const stepDown = () => {
    post({ kind: 'resign' })
    orphaned('This tab leads no more.')
  }

  const join = () => {
    if (channel || role === 'alone' || session.state.status === 'closed') return
    try {
      channel = openChannel(env, name, id, hear, () => ignored++)
    } catch (error) {
      return alone(`Tabs cannot talk to each other here: ${error}`)
    }
    election = stand(env, name, lead, stepDown, (error) => alone(`Tabs cannot agree on a leader here: ${error}`))
    watch.start(election.patience)
  }
  const leave = () => {
    watch.stop()
    post({ kind: leading ? 'resign' : 'bye' })
    election?.stop()
    channel?.close()
    channel = election = leader = leading = undefined
  }
  const alone = (reason: string) => {
    const connected = leading
    leave()
    become('alone', reason)
    if (!connected) session.use(transports)
  }
  const rest = () => {
    if (role === 'alone') return
    leave()
    become(undefined, 'The page is asleep.')
    session.use([])
  }
  const unwatch = watchPage(env, { hide: rest, freeze: rest, show: join, thaw: join })

  // As the session itself: what the page asks for right after connect() comes first.
  env.queueMicrotask(() => env.queueMicrotask(join))

  return {
    ...session,
    get state() {
      return view()
    },
    topics(topics) {
      wanted = topics
      mine = new Set(topics)
      if (leading) return leading.topics(topics)
      session.topics(topics)
      follower.topics()
    },
    sharing: () => ({ role, why, followers: leading?.size ?? 0, ignored }),
  }
}
