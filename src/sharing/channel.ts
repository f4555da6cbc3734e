import { HoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'

/** An error as it travels between tabs. */
export type SharedError = Pick<HoldfastError, 'code' | 'message' | 'status' | 'retryAfter' | 'id' | 'topic'>

export function toShared({ code, message, status, retryAfter, id, topic }: SharedError): SharedError {
  return { code, message, status, retryAfter, id, topic }
}

export function fromShared({ code, message, ...details }: SharedError): HoldfastError {
  return new HoldfastError(`${code}`, `${message}`, details)
}

/** It concerns the credentials of one tab, and no other. */
export function isRefusal({ code }: SharedError): boolean {
  return code === 'unauthorized' || code === 'forbidden'
}

/** What tabs say to each other. An answer repeats the `number` of what it answers, and says to whom it is. */
export type Message =
  /** Who leads, and is it well? */
  | { kind: 'ping' }
  /** A follower wants to go on behind `cursor`; `gap`: where the leader is, and its page is to be told. */
  | { kind: 'hello'; number: number; topics: readonly string[]; cursor?: string; gap: boolean }
  /** A plain protocol's frame for the server. */
  | { kind: 'send'; number: number; frame: unknown }
  | { kind: 'bye' }
  /** I lead, and this is how the connection is. `to`: a tab that I do not know, and that should say hello. */
  | {
      kind: 'lead'
      term: number
      status: string
      transport?: string
      cursor?: string
      error?: SharedError
      to?: string
    }
  | { kind: 'resign' }
  /**
   * The answer to a hello: the data of the blocks `open` and `ready` (PROTOCOL.md), and what the follower missed; without `text`
   * it must catch up by itself. `cursor`: where the leader is; the batches that follow go on from there.
   */
  | {
      kind: 'welcome'
      to: string
      number: number
      batch: number
      open: string
      ready: string
      cursor?: string
      text?: string
    }
  /** Blocks of events. Counted, so that a loss would be noticed. */
  | { kind: 'batch'; batch: number; text: string }
  | { kind: 'error'; error: SharedError }
  | { kind: 'sent'; to: string; number: number; error?: SharedError }

/** Who said it. */
export type Heard = Message & { readonly from: string }
/** One kind of message. */
export type Said<Kind extends Message['kind']> = Extract<Heard, { kind: Kind }>

/** The version of what tabs say to each other. It stands in the channel's name, too: another one is another group. */
export const VERSION = 1

/** What a message of each kind cannot be without. */
const NEEDED: Record<Message['kind'], string> = {
  ping: 'from',
  hello: 'from number topics gap',
  send: 'from number',
  bye: 'from',
  lead: 'from term status',
  resign: 'from',
  welcome: 'from to number batch open ready',
  batch: 'from batch text',
  error: 'from error',
  sent: 'from to number',
}
/** What may stand in a message, by its name. Anything else is a string. */
const TYPES: Record<string, string> = {
  v: 'number',
  number: 'number',
  batch: 'number',
  term: 'number',
  gap: 'boolean',
  topics: 'object',
  error: 'object',
}

/** Nothing that comes off a channel is trusted: any script of the origin may write there. */
function fits(data: unknown): data is Heard {
  const message: Record<string, unknown> = Object(data)
  const { v, kind, topics, error } = message
  return (
    v === VERSION &&
    Object.entries(NEEDED).some(
      ([known, names]) => known === kind && names.split(' ').every((name) => message[name] !== undefined),
    ) &&
    Object.entries(message).every(
      ([name, value]) => value === undefined || name === 'frame' || typeof value === (TYPES[name] ?? 'string'),
    ) &&
    error !== null &&
    (!topics || (Array.isArray(topics) && topics.every((topic) => typeof topic === 'string')))
  )
}

export interface Channel {
  post(message: Message): void
  close(): void
}

/**
 * @param from the name of this tab
 * @param ignore hears that something did not fit
 * @throws where the platform has no channel for this page
 */
export function openChannel(
  env: Env,
  name: string,
  from: string,
  hear: (message: Heard) => void,
  ignore: () => void,
): Channel {
  if (!env.BroadcastChannel) throw new TypeError('no BroadcastChannel')
  const channel = new env.BroadcastChannel(name)
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (fits(data)) hear(data)
    else ignore()
  }
  return {
    post: (message) => channel.postMessage({ v: VERSION, from, ...message }),
    close() {
      // What is still on its way to this tab is not for it any more.
      channel.onmessage = null
      channel.close()
    },
  }
}
