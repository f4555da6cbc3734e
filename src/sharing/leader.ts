import { FOLLOWER_FORGOTTEN, SHARED_BATCH, SHARED_MEMORY, SHARED_MEMORY_SIZE } from '../constants.js'
import type { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { Carried, Control, Protocol, Session } from '../seams.js'
import type { ConnectionState, Gap } from '../types.js'
import { block, eventBlock } from './blocks.js'
import { type Heard, isRefusal, type Message, toShared } from './channel.js'

type Hello = Extract<Heard, { kind: 'hello' }>

interface Follower {
  topics: string[]
  /** When it last said something, in ms since the epoch. */
  heard: number
  /** Not answered yet: there is no connection to follow. */
  hello: Hello | undefined
}

/** The tab that holds the connection: tells the others what it hears. */
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
  /** The last events that this tab has had, newest last: more than the memory holds. */
  recent: readonly string[],
  session: Pick<Session, 'state' | 'topics' | 'send'>,
  post: (message: Message) => void,
): Leader {
  const followers = new Map<string, Follower>()
  let own: readonly string[] = []
  let union: string[] = []
  /** The newest events, for who is a little behind, and where they begin. */
  let memory: { id: string | undefined; text: string }[] = []
  let size = 0
  let batch = ''
  let batches = 0
  let flushing = false
  let server: Record<string, unknown> = {}
  let answered: Record<string, unknown> = {}
  let told: HoldfastError | undefined

  const isOpen = () => session.state.status === 'open'
  const cursor = () => session.state.lastEventId

  const flush = () => {
    flushing = false
    if (!batch) return
    const text = batch
    batch = ''
    post({ kind: 'batch', batch: ++batches, text })
  }
  const remember = (id: string | undefined, text: string) => {
    memory.push({ id, text })
    size += text.length
    if (memory.length < 2 * SHARED_MEMORY && size < 2 * SHARED_MEMORY_SIZE) return
    memory = memory.slice(memory.length >> 1)
    size = memory.reduce((sum, { text }) => sum + text.length, 0)
  }
  const forget = () => {
    memory = []
    size = 0
    remember(cursor(), '')
  }
  /** The stream itself: remembered, and on its way to the followers when this task is over. */
  const tell = (id: string | undefined, text: string) => {
    remember(id, text)
    batch += text
    if (batch.length > SHARED_BATCH) flush()
    else if (!flushing) {
      flushing = true
      env.queueMicrotask(flush)
    }
  }

  /** What follows a position; undefined where that is not known. */
  const since = (position: string | undefined) => {
    if (!protocol.native || position === undefined || position === cursor()) return ''
    const index = memory.findLastIndex(({ id }) => id === position)
    if (index < 0) return
    return memory
      .slice(index + 1)
      .map(({ text }) => text)
      .join('')
  }
  const welcome = ({ from, number, cursor: asked, gap = false }: Hello, missed = since(asked)) => {
    // Who comes in now is given by this answer what stands in the batch; the others have it before.
    flush()
    const known = missed !== undefined
    let text = block({ event: 'holdfast:open', data: JSON.stringify(server) })
    if (known && protocol.native) {
      const id = asked ?? cursor()
      text += block({ id, event: 'holdfast:ready', data: JSON.stringify({ ...answered, hello: 1, gap }) }) + missed
      if (id !== cursor()) text += block({ id: cursor() })
    }
    const at = recent.at(-1)
    const behind = !at || (asked !== undefined && recent.includes(asked))
    post({ kind: 'welcome', to: from, number, batch: batches, known, text, at, behind })
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
  const prune = () => {
    for (const [id, { heard }] of followers) if (heard < env.Date.now() - FOLLOWER_FORGOTTEN) followers.delete(id)
  }

  const lead = (to?: string) => {
    const { status, transport, error } = session.state
    const shared = error && error !== told && !isRefusal(error) ? toShared(error) : undefined
    told = error
    flush()
    // A position that no event has: followers learn it now, and may come back with it.
    if (followers.size && memory.at(-1)?.id !== cursor()) remember(cursor(), '')
    post({
      kind: 'lead',
      term,
      status,
      transport,
      cursor: cursor(),
      error: shared,
      to,
    })
  }

  return {
    get size() {
      return followers.size
    },
    event(type, data, id, topic) {
      if (followers.size) tell(id, eventBlock(protocol, type, data, id, topic))
    },
    gap({ position, reason }) {
      if (followers.size)
        tell(position, block({ id: position, event: 'holdfast:gap', data: JSON.stringify({ reason }) }))
    },
    error(error) {
      flush()
      if (isOpen() && followers.size) post({ kind: 'error', error: toShared(error) })
    },
    ready({ principal, denied }, { level, limit }) {
      server = { version: 1, level, limit }
      answered = { principal, denied }
    },
    state() {
      lead()
      if (!isOpen()) return
      for (const follower of followers.values()) {
        const { hello } = follower
        follower.hello = undefined
        if (hello) welcome(hello)
      }
    },
    lead,
    hear(message) {
      const { from } = message
      const follower = followers.get(from)
      if (follower) follower.heard = env.Date.now()
      if (message.kind === 'ping') lead(follower ? undefined : from)
      if (message.kind === 'bye') {
        followers.delete(from)
        regroup()
      }
      if (message.kind === 'send') {
        const { number } = message
        session.send(message.frame).then(
          () => post({ kind: 'sent', to: from, number }),
          (error) => post({ kind: 'sent', to: from, number, error: toShared(error) }),
        )
      }
      if (message.kind !== 'hello') return
      prune()
      if (!followers.size) forget()
      // Who was here already has had all that was asked for so far; what it asks for beyond that begins now.
      const missed = follower && since(message.cursor)
      followers.set(from, { topics: message.topics, heard: env.Date.now(), hello: message })
      regroup()
      if (!isOpen()) return
      followers.set(from, { topics: message.topics, heard: env.Date.now(), hello: undefined })
      welcome(message, missed ?? since(message.cursor))
    },
    topics(topics) {
      own = topics
      regroup()
    },
  }
}
