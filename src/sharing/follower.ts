import { FOLLOWER_RETRIES, FOLLOWER_RETRY, LEADER_TIMEOUT, MAX_EVENT_SIZE, RETRY_CEILING } from '../constants.js'
import { HoldfastError } from '../errors.js'
import type { Protocol, Task, Transport, Uplink } from '../seams.js'
import { block } from './blocks.js'
import { fromShared, type Heard, isRefusal, type Message, type Said, type SharedError } from './channel.js'

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
}

/**
 * @param leaders the transport that the leader uses
 * @param recent the last events that this tab has had, newest last
 * @param wants whether this tab hears a topic
 */
export function createFollower(
  protocol: Protocol,
  leaders: () => Transport | undefined,
  { wire, poll, uplink }: Borrowed,
  recent: readonly string[],
  wants: (topic: string) => boolean,
  post: (message: Message) => void,
): Follower {
  let task: Task | undefined
  let finish: (error?: HoldfastError) => void = () => {}
  let number = 0
  let tries = 0
  let attached = false
  /** Behind which position it asked to go on. */
  let asked: string | undefined
  /** When the last batch came, in ms since the epoch. */
  let fed = 0
  let next = 0
  /** What this tab has had, as far as the leader may say it again. */
  let seen: Set<string> | undefined
  /** While it catches up by itself: what the leader says meanwhile. */
  let held: string | undefined
  /** What it missed cannot be caught up. */
  let missed = false
  const sends = new Map<number, (error: SharedError | undefined) => void>()

  const sayHello = (mine: Task, gap = false) => {
    attached = missed = false
    seen = held = undefined
    const { cursor, topics } = mine.hello()
    asked = gap ? undefined : cursor
    post({ kind: 'hello', number: ++number, topics, cursor: asked, gap })
  }
  const attach = (mine: Task, text: string) => {
    attached = true
    tries = 0
    held = undefined
    mine.due(RETRY_CEILING)
    mine.opened(protocol.native ? uplink(mine) : relay)
    mine.data(text)
  }

  /** One request of its own brings it to where the server is now; then comes what the leader said meanwhile. */
  const catchUp = async (mine: Task, open: string) => {
    held = ''
    const current = number
    const done = new AbortController()
    mine.signal.addEventListener('abort', () => done.abort())
    const end = (position?: string) => {
      const news = mine.end(position)
      done.abort()
      return news
    }
    let failure: unknown
    await poll.run({ ...mine, signal: done.signal, end }).catch((error) => {
      failure = error
    })
    if (task !== mine || number !== current) return
    if (failure instanceof HoldfastError && isRefusal(failure)) finish(failure)
    // What cannot be asked for is lost, and the page is told.
    else if (missed || failure) sayHello(mine, true)
    else attach(mine, open + held)
  }

  const welcome = (mine: Task, message: Said<'welcome'>) => {
    const { open: said, ready, cursor, text, batch, at, behind } = message
    const { env } = mine
    const open = block({ event: 'holdfast:open', data: said })
    const answer = open + (protocol.native ? block({ id: asked ?? cursor, event: 'holdfast:ready', data: ready }) : '')
    next = batch + 1
    if (text !== undefined) {
      attach(mine, answer + text)
      touch(cursor)
      // Ids of a plain server prove nothing: nobody knows what was missed.
      if (!protocol.native && asked !== undefined) mine.data(block({ event: 'holdfast:gap', data: '{}' }))
      return
    }
    seen = new Set(recent)
    // It is the leader that is behind, and will say again what this tab has had.
    if (at !== undefined && seen.has(at)) attach(mine, answer)
    // Who has just lost a leader may be far ahead of the next one: that must catch up first.
    else if (!behind && env.Date.now() - fed < LEADER_TIMEOUT && tries++ < FOLLOWER_RETRIES) {
      const current = number
      env.setTimeout(() => number === current && task === mine && sayHello(mine), FOLLOWER_RETRY)
    } else catchUp(mine, open)
  }
  const touch = (cursor: string | undefined) => {
    if (attached) task?.data(cursor === undefined ? '' : block({ id: cursor }))
  }

  /** Where the protocol knows no POST, frames go through the leader. */
  const relay: Uplink = {
    send: (frame) =>
      new Promise((resolve, reject) => {
        sends.set(++number, (error) => (error ? reject(fromShared(error)) : resolve()))
        post({ kind: 'send', number, frame })
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
            if (missed) return
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
            attached = missed = false
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
      fed = task.env.Date.now()
      if (held === undefined) task.data(message.text)
      else if (held.length < 2 * MAX_EVENT_SIZE) held += message.text
      else finish(new HoldfastError('network', 'Too much came in while this tab caught up.'))
    },
    touch,
    lost(error) {
      if (attached || error) finish(error && fromShared(error))
    },
    gap() {
      if (held !== undefined) missed = true
      return missed
    },
  }
}
