import { HoldfastError } from '../errors.js'
import type { ChannelLike, Env } from '../kit/env.js'

/** An error as it travels between tabs. */
export interface SharedError {
  code: string
  message: string
  status?: number
  retryAfter?: number
  id?: string
  topic?: string
}

export function toShared({ code, message, status, retryAfter, id, topic }: HoldfastError): SharedError {
  return { code, message, status, retryAfter, id, topic }
}

export function fromShared({ code, message, ...details }: SharedError): HoldfastError {
  return new HoldfastError(`${code}`, `${message}`, details)
}

/** It concerns the credentials of one tab, and no other. */
export function isRefusal({ code }: SharedError): boolean {
  return code === 'unauthorized' || code === 'forbidden'
}

/** What tabs say to each other. `number`, `to`: an answer repeats the number of what it answers, and names who asked. */
export type Message =
  /** Who leads, and is it well? */
  | { kind: 'ping' }
  /** A follower wants to go on behind `cursor`; `gap`: from where the leader is, and its page is to be told. */
  | { kind: 'hello'; number: number; topics: string[]; cursor?: string; gap?: boolean }
  /** A plain protocol's frame for the server. */
  | { kind: 'send'; number: number; frame: unknown }
  | { kind: 'bye' }
  /** I lead, and this is how the connection is. Also the answer to a ping. */
  | {
      kind: 'lead'
      term: number
      status: string
      transport?: string
      cursor?: string
      error?: SharedError
      /** This tab is none that I know: let it say hello. */
      to?: string
    }
  | { kind: 'resign' }
  /**
   * The answer to a hello. `known`: `text` goes on where the follower is. Otherwise it must catch up by itself, and what comes
   * from here on is what it has to add to that. `at`: the last event that the leader has had; `behind`: the follower is.
   */
  | {
      kind: 'welcome'
      to: string
      number: number
      batch: number
      known: boolean
      text: string
      at?: string
      behind: boolean
    }
  /** Blocks of events (PROTOCOL.md, "Events"). Counted, so that a loss would be noticed. */
  | { kind: 'batch'; batch: number; text: string }
  | { kind: 'error'; error: SharedError }
  | { kind: 'sent'; to: string; number: number; error?: SharedError }

/** Who said it. */
export type Heard = Message & { from: string }

/** The version of what tabs say to each other. It stands in the channel's name, too: another one is another group. */
export const VERSION = 1

const REQUIRED: Record<Message['kind'], string> = {
  ping: '',
  hello: 'number topics',
  send: 'number',
  bye: '',
  lead: 'term status',
  resign: '',
  welcome: 'to number batch text',
  batch: 'batch text',
  error: 'error',
  sent: 'to number',
}
const NUMBERS = ['number', 'batch', 'term', 'v']
const STRINGS = ['from', 'kind', 'to', 'text', 'cursor', 'status', 'transport', 'at']

/** Nothing that comes off a channel is trusted: any script of the origin may write there. */
function fits(data: unknown): data is Heard {
  const message = Object(data)
  const { v, kind, topics = [], from } = message
  return (
    v === VERSION &&
    from &&
    Object.hasOwn(REQUIRED, kind) &&
    `from ${REQUIRED[kind as Message['kind']]}`.split(' ').every((name) => !name || message[name] !== undefined) &&
    Object.entries(message).every(
      ([name, value]) =>
        value === undefined ||
        ((!NUMBERS.includes(name) || typeof value === 'number') &&
          (!STRINGS.includes(name) || typeof value === 'string') &&
          (name !== 'error' || Object(value) === value)),
    ) &&
    Array.isArray(topics) &&
    topics.every((topic) => typeof topic === 'string')
  )
}

export interface Channel {
  post(message: Message): void
  close(): void
}

/** @throws where the platform has no channel for this page */
export function openChannel(
  env: Env,
  name: string,
  from: string,
  hear: (message: Heard) => void,
  ignore: () => void,
): Channel {
  if (!env.BroadcastChannel) throw new TypeError('there is no BroadcastChannel')
  const channel: ChannelLike = new env.BroadcastChannel(name)
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (fits(data)) hear(data)
    else ignore()
  }
  return {
    post(message) {
      // A frame that cannot be cloned, or a channel that was closed under us, must not end what goes on here.
      try {
        channel.postMessage({ v: VERSION, from, ...message })
      } catch (error) {
        env.reportError?.(error)
      }
    },
    close() {
      channel.onmessage = null
      channel.close()
    },
  }
}
