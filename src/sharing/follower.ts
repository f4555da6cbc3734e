import { CATCH_UP_FAILURES, MAX_EVENT_SIZE, RETRY_CEILING } from '../constants.js'
import { HoldfastError, toHoldfastError } from '../errors.js'
import type { Protocol, Task, Transport, Uplink } from '../seams.js'
import { block } from './blocks.js'
import { fromShared, type Heard, isRefusal, type Message, type Said, type SharedError } from './channel.js'
import { createRequests } from './requests.js'

/** What a follower borrows from the floors below. */
export interface Borrowed {
  /** What the text between tabs is read by. */
  readonly wire: Protocol
  /** Asks the server itself for what the leader does not have. */
  readonly poll: Transport
  /** The way of sends: straight to the server, by POST. */
  uplink(task: Task): Uplink
}

/** The way to a leader: to the session of a tab that follows, a transport like any other. */
export interface Follower {
  readonly transport: Transport
  /** Its transport runs. */
  readonly running: boolean
  /** The page wants to hear other topics. */
  topics(): void
  /** From the leader. */
  hear(message: Heard): void
  /** The leader is there. `cursor`: how far it is, if it is open. */
  touch(cursor: string | undefined): void
  /** The leader's connection is not open. `error`: why, if that is new. */
  lost(error: SharedError | undefined): void
  /** A gap came up. Returns whether it is to be told later, with the place where the leader is. */
  gap(): boolean
  /** Another way was found: returns whether a gap is still to be told. */
  owes(): boolean
}

/**
 * @param leaders the transport that the leader uses
 * @param wants whether this tab hears a topic
 * @param principal whom the server takes this tab for
 */
export function createFollower(
  protocol: Protocol,
  leaders: () => Transport | undefined,
  { wire, poll, uplink }: Borrowed,
  wants: (topic: string) => boolean,
  principal: () => string | undefined,
  post: (message: Message) => void,
): Follower {
  const requests = createRequests(poll, wire)
  let task: Task | undefined
  let finish: (error?: HoldfastError) => void = () => {}
  let number = 0
  let attached = false
  /** Behind which position it asked to go on. */
  let asked: string | undefined
  let next = 0
  /** What this tab has had, as far as the leader may say it again. */
  let seen: Set<string> | undefined
  /** While it catches up by itself: what the leader says meanwhile. */
  let held: string | undefined
  /** A gap was met, and the page has not been told. */
  let owed = false
  /** So many requests of its own failed in a row. */
  let failures = 0
  let sent = 0
  const sends = new Map<number, (error: SharedError | undefined) => void>()

  const sayHello = (mine: Task) => {
    attached = false
    seen = held = undefined
    const { cursor, topics } = mine.hello()
    asked = owed ? undefined : cursor
    post({ kind: 'hello', number: ++number, topics, cursor: asked, gap: owed })
  }
  const attach = (mine: Task, text: string) => {
    attached = true
    held = undefined
    mine.due(RETRY_CEILING)
    mine.opened(protocol.native ? uplink(mine) : relay)
    mine.data(text)
  }

  /**
   * The leader does not know where this tab is, and may be ahead of it or behind. Two requests tell: one from where the leader
   * is, for what it is going to say; one from where this tab is, for what it has missed. What the leader says meanwhile is held back;
   * what neither answer held is new.
   */
  const catchUp = async (mine: Task, { open, ready, cursor = '' }: Said<'welcome'>) => {
    held = ''
    const current = number
    const isOver = () => task !== mine || number !== current
    try {
      const ids = await requests.preview(mine, cursor)
      if (isOver()) return
      seen = ids
      owed = !ids
      if (ids) await requests.whole(mine, { opened: () => mine.opened(uplink(mine)), end: mine.end })
      failures = 0
    } catch (error) {
      if (isOver()) return
      // What can never be asked for is lost, and the page is told.
      if (isRefusal(toHoldfastError(error)) || failures++ < CATCH_UP_FAILURES) return finish(toHoldfastError(error))
      owed = true
    }
    if (isOver()) return
    // Whoever was asked as somebody else in between has not seen what the leader says.
    if (owed || requests.principal !== principal()) return sayHello(mine)
    // Nothing new but for whom the leader is taken.
    attach(mine, opening(open) + readiness(mine.hello().cursor, ready) + held)
  }

  const opening = (data: string) => block({ event: 'holdfast:open', data })
  const readiness = (id: string | undefined, data: string) => block({ id, event: 'holdfast:ready', data })
  const welcome = (mine: Task, message: Said<'welcome'>) => {
    const { open, ready, cursor, text, batch } = message
    next = batch + 1
    if (text === undefined) return void catchUp(mine, message)
    attach(mine, opening(open) + (protocol.native ? readiness(asked ?? cursor, ready) : '') + text)
    touch(cursor)
    // Ids of a plain server prove nothing: nobody knows what was missed.
    if (!protocol.native && asked !== undefined) mine.data(block({ event: 'holdfast:gap', data: '{}' }))
  }
  const touch = (cursor: string | undefined) => {
    if (attached) task?.data(cursor === undefined ? '' : block({ id: cursor }))
  }

  /** Where the protocol knows no POST, frames go through the leader. */
  const relay: Uplink = {
    send: (frame) =>
      new Promise((resolve, reject) => {
        sends.set(++sent, (error) => (error ? reject(fromShared(error)) : resolve()))
        post({ kind: 'send', number: sent, frame })
      }),
  }

  const tabs: Protocol = {
    ...protocol,
    heartbeat: undefined,
    decoder: (framing, sink, maxEventSize) =>
      wire.decoder(
        framing,
        {
          event(type, data, id, topic) {
            if (held !== undefined && owed) return
            requests.complete = false
            if (seen && id !== undefined) {
              if (held !== undefined) seen.add(id)
              else if (seen.has(id) || (topic !== undefined && !wants(topic))) return
              else seen = undefined
            }
            if (protocol.native) return sink.event(type, data, id, topic)
            const value = wire.decode(data)
            sink.event(type.slice(1), value instanceof Uint8Array ? value.slice().buffer : `${value}`, id)
          },
          control(message) {
            if (message.kind === 'cursor') requests.complete = true
            // A gap of the leader's that lies behind what this tab has had is none of its own.
            if (message.kind === 'gap' && message.id !== undefined && seen?.has(message.id)) return
            // What is said again must not take the cursor back.
            if (message.kind !== 'cursor' || !seen || held !== undefined) sink.control(message)
          },
        },
        maxEventSize,
      ),
  }

  return {
    transport: {
      name: 'tabs',
      get framing() {
        return protocol.native ? 'body' : (leaders()?.framing ?? 'message')
      },
      get url() {
        return leaders()?.url
      },
      protocol: tabs,
      run: (given) =>
        new Promise((resolve, reject) => {
          task = given
          finish = (error) => (error ? reject(error) : resolve())
          given.signal.addEventListener('abort', () => {
            if (task !== given) return
            task = seen = held = undefined
            attached = false
            for (const settle of sends.values()) settle({ code: 'network', message: 'The leader is gone.' })
            sends.clear()
          })
          given.due(RETRY_CEILING)
          sayHello(given)
        }),
    },
    get running() {
      return task !== undefined
    },
    topics() {
      if (task && !attached) sayHello(task)
    },
    hear(message) {
      if (!task) return
      if (message.kind === 'welcome' && message.number === number) welcome(task, message)
      if (message.kind === 'sent') {
        sends.get(message.number)?.(message.error)
        sends.delete(message.number)
      }
      if (message.kind !== 'batch' || (!attached && held === undefined)) return
      if (message.batch !== next++) return finish(new HoldfastError('network', 'A message between tabs was lost.'))
      if (held === undefined) task.data(message.text)
      else if (held.length < 2 * MAX_EVENT_SIZE) held += message.text
      else finish(new HoldfastError('network', 'Too much came in while this tab caught up.'))
    },
    touch,
    lost(error) {
      if (attached || error) finish(error && fromShared(error))
    },
    gap() {
      owed = held !== undefined
      return owed
    },
    owes() {
      const told = !owed
      owed = false
      return !told
    },
  }
}
