import { FOLLOWER_FORGOTTEN, SHARED_BATCH, SHARED_MEMORY, SHARED_MEMORY_SIZE } from '../constants.js'
import type { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { Carried, Control, Protocol, Session } from '../seams.js'
import type { ConnectionState, Gap } from '../types.js'
import { block, eventBlock } from './blocks.js'
import { type Heard, isRefusal, type Message, type Said, toShared } from './channel.js'

interface Follower {
  topics: readonly string[]
  /** When it last said something, in ms since the epoch. */
  heard: number
  /** Not answered yet: there is no connection to follow. */
  hello: Said<'hello'> | undefined
}

/** The tab that holds the connection tells the others what it hears. */
export interface Leader {
  readonly size: number
  event(type: string, data: string | ArrayBuffer, id: string | undefined, topic: string | undefined): void
  gap(gap: Gap): void
  error(error: HoldfastError): void
  ready(answer: Extract<Control, { kind: 'ready' }>, carrier: Carried): void
  /** The connection changed. */
  state(state: ConnectionState): void
  /** Says that this tab leads. `to`: a tab that is none of the followers. */
  lead(to?: string): void
  hear(message: Heard): void
  /** What the leader's own page wants to hear. */
  topics(topics: readonly string[]): void
}

export function createLeader(
  env: Env,
  protocol: Protocol,
  term: number,
  session: Session,
  post: (message: Message) => void,
): Leader {
  const followers = new Map<string, Follower>()
  let own: readonly string[] = []
  let union: readonly string[] = []
  /** The newest events, for who is a little behind, and where they begin. */
  let memory: { id: string | undefined; text: string }[] = []
  let size = 0
  let batch = ''
  let batches = 0
  let open = '{}'
  let answer = {}
  let told: HoldfastError | undefined

  const isOpen = () => session.state.status === 'open'
  const cursor = () => session.state.lastEventId

  const flush = () => {
    if (batch) post({ kind: 'batch', batch: ++batches, text: batch })
    batch = ''
  }
  const remember = (id: string | undefined, text: string) => {
    memory.push({ id, text })
    size += text.length
    if (memory.length < 2 * SHARED_MEMORY && size < 2 * SHARED_MEMORY_SIZE) return
    memory = memory.slice(memory.length / 2)
    size = memory.reduce((sum, { text }) => sum + text.length, 0)
  }
  const forget = () => {
    memory = []
    size = 0
    remember(cursor(), '')
  }
  /** The stream itself: remembered, and on its way to the followers when this task is over. */
  const tell = (id: string | undefined, text: string) => {
    // What is ephemeral is heard at most once.
    if (id !== undefined) remember(id, text)
    if (!batch) env.queueMicrotask(flush)
    batch += text
    if (batch.length > SHARED_BATCH) flush()
  }

  /** What follows a position; undefined where that is not known. */
  const since = (position: string | undefined) => {
    // Ids of a plain server prove nothing: a follower goes on from now.
    if (!protocol.native || position === undefined || position === cursor()) return ''
    const index = memory.findLastIndex(({ id }) => id === position)
    if (index < 0) return
    const missed = memory.slice(index + 1)
    return missed.map(({ text }) => text).join('')
  }
  const welcome = ({ from, number, cursor: asked, gap }: Said<'hello'>, text = since(asked)) => {
    // Who comes in now is given by this answer what stands in the batch; the others have it before.
    flush()
    const ready = JSON.stringify({ ...answer, hello: 1, gap })
    post({ kind: 'welcome', to: from, number, batch: batches, open, ready, cursor: cursor(), text })
  }

  const regroup = () => {
    const wanted = new Set(own)
    for (const { topics } of followers.values()) for (const topic of topics) wanted.add(topic)
    const grown = [...wanted].some((topic) => !union.includes(topic))
    if (!grown && wanted.size === union.length) return
    union = [...wanted]
    // What was not asked for before is not remembered either.
    if (grown) forget()
    session.topics(union)
  }

  const lead = (to?: string) => {
    const { status, transport, error } = session.state
    const news = error && error !== told && !isRefusal(error) ? toShared(error) : undefined
    told = error
    flush()
    // A position that no event has: followers learn it now, and may come back with it.
    if (followers.size && memory.at(-1)?.id !== cursor()) remember(cursor(), '')
    post({ kind: 'lead', term, status, transport, cursor: cursor(), error: news, to })
  }

  const hello = (message: Said<'hello'>) => {
    const { from, topics } = message
    const heard = env.Date.now()
    for (const [id, follower] of followers) {
      if (follower.heard >= heard - FOLLOWER_FORGOTTEN) continue
      followers.delete(id)
      // If it is there after all, it says hello again before what it wants to hear is missing.
      lead(id)
    }
    if (!followers.size) forget()
    // Who was here already has had all that was asked for so far; what it asks for beyond that begins now.
    const missed = followers.has(from) ? since(message.cursor) : undefined
    const ready = isOpen()
    followers.set(from, { topics, heard, hello: ready ? undefined : message })
    regroup()
    if (ready) welcome(message, missed)
  }

  return {
    get size() {
      return followers.size
    },
    event(type, data, id, topic) {
      if (followers.size) tell(id, eventBlock(protocol, type, data, id, topic))
    },
    gap({ position: id, reason }) {
      if (followers.size) tell(id, block({ id, event: 'holdfast:gap', data: JSON.stringify({ reason }) }))
    },
    error(error) {
      flush()
      if (isOpen()) post({ kind: 'error', error: toShared(error) })
    },
    ready({ principal, denied }, { level, limit }) {
      open = JSON.stringify({ version: 1, level, limit })
      answer = { principal, denied }
    },
    state({ status, error }) {
      // Whoever closes resigns, which says it all, unless the server's word is meant for all.
      if (status !== 'closed' || error) lead()
      if (!isOpen()) return
      for (const follower of followers.values()) {
        const { hello } = follower
        follower.hello = undefined
        if (hello) welcome(hello)
      }
    },
    lead,
    hear(message) {
      const { kind, from } = message
      const follower = followers.get(from)
      if (follower) follower.heard = env.Date.now()
      if (kind === 'ping') lead(follower ? undefined : from)
      if (kind === 'hello') hello(message)
      if (kind === 'bye' && followers.delete(from)) regroup()
      if (kind === 'send') {
        const tell = (error?: HoldfastError) =>
          post({ kind: 'sent', to: from, number: message.number, error: error && toShared(error) })
        session.send(message.frame).then(() => tell(), tell)
      }
    },
    topics(topics) {
      own = topics
      regroup()
    },
  }
}
