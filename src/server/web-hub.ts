import { HoldfastError } from '../errors.js'
import type { DataAndOptions, EventMap } from '../types.js'
import type { TransportName } from './carrier.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { serveFetch } from './fetch-endpoint.js'
import type { MessageHandler } from './handling.js'
import { isPromise, type MaybePromise } from './maybe-promise.js'
import { type Publication, type PublishOptions, readPublication } from './publishing.js'
import { Refusal, type RefusalCode } from './refusal.js'

/** One open carrier. */
export interface HubClient {
  /** The page's random id; undefined for one that sends nothing. */
  readonly id: string | undefined
  /** Undefined before its first hello was accepted. */
  readonly principal: string | undefined
  /** What carries its stream. A POST carries none: who only sends is not among the clients. */
  readonly transport: TransportName | 'post'
  /** What it asked for and may hear, beside what goes to everybody; empty before its first hello was accepted. */
  readonly topics: readonly string[]
}

/** What clients are told whose carriers are ended. */
export interface DisconnectOptions {
  /** What the client is told, by which it knows what to do. Default: nothing, the line is cut. */
  code?: Exclude<RefusalCode, 'hello-timeout' | 'unknown-client'>
  /** Told beside the code. Default `Disconnected by the server.` */
  message?: string
}

/**
 * A hub without its door for Node servers: all of it runs in a browser too. `Events`: what it publishes. `Sends`: what pages
 * send. `Replies`: what the handler answers to it.
 */
export interface WebHub<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> {
  /** Answers one web-standard request: SSE, long-poll, sends, preflights. Never rejects. */
  fetch(request: Request): Promise<Response>
  /**
   * Sends an event to all who may hear it.
   *
   * @param type 1 to 256 characters without CR, LF and NUL; does not begin with `holdfast:`
   * @param given data: a JSON value, or a Uint8Array; and {@link PublishOptions}
   * @returns the event's id when the history has it; undefined for what is ephemeral. Rejects if the history fails (also
   *   reported, so that nobody has to wait for it), and with code `closed` after `close`.
   * @throws {TypeError} for a type, data or an option that cannot be
   * @throws {RangeError} for an event that is larger than `limits.eventBytes`
   */
  publish<Type extends keyof Events & string>(
    type: Type,
    ...given: DataAndOptions<Events[Type], PublishOptions>
  ): Promise<string | undefined>
  /** The newest position: a page that has this one and the state of now goes on exactly from there. */
  position(): Promise<string>
  /** Handles what pages send; the latest handler counts. Returns a function that removes it. */
  onMessage(handler: MessageHandler<Sends, Replies, Events>): () => void
  /** Hears what goes wrong. Default: `console.error`. Returns a function that removes the listener. */
  onError(listener: (error: unknown) => void): () => void
  /** Who is connected now. */
  readonly clients: Iterable<HubClient> & { readonly size: number }
  /** Ends the carriers of these clients, all by default. They come back unless the code says otherwise. Returns how many. */
  disconnect(which?: (client: HubClient) => boolean, options?: DisconnectOptions): number
  /**
   * Asks all clients to leave, spread over a window of ms (default 10,000, more where there are more than 10,500 clients), and
   * takes no new ones. Resolves when all have left, or the window has passed.
   */
  drain(options?: { window?: number }): Promise<void>
  /** Ends everything. Clients try to come back. Resolves when all carriers are closed. */
  close(): Promise<void>
}

/** How long `close` waits for clients to take their leave, in ms. */
const CLOSING = 2_000

export function createWebHub(core: Core): WebHub {
  const { history, feed, handling, connections, reports } = core

  return {
    fetch: (request) => serveFetch(core, request),

    publish(type, data, publishOptions) {
      const publication = readPublication(core, type, data, publishOptions)
      if (core.state === 'closed')
        return unhandled(Promise.reject(new HoldfastError('closed', 'publish: the hub is closed.')))
      return handOn(publication)
    },

    async position() {
      await core.started
      return history.position()
    },

    onMessage(handler) {
      if (typeof handler !== 'function') throw new TypeError('onMessage: the handler must be a function.')
      handling.handler = handler
      return () => {
        if (handling.handler === handler) handling.handler = undefined
      }
    },

    onError: (listener) => reports.add(listener),

    clients: {
      get size() {
        return connections.size
      },
      *[Symbol.iterator]() {
        for (const connection of connections) yield describe(connection)
      },
    },

    disconnect(which = () => true, { code, message = 'Disconnected by the server.' } = {}) {
      const chosen = [...connections].filter((connection) => which(describe(connection)))
      for (const connection of chosen) {
        if (code === undefined) connection.carrier.destroy()
        else connection.fail(new Refusal(code, message))
      }
      return chosen.length
    },

    async drain({ window = Math.max(10_000, connections.reconnectWindow) } = {}) {
      if (core.state === 'open') core.state = 'draining'
      feed.flush()
      for (const connection of connections) connection.drain(window)
      await connections.empty(window)
    },

    async close() {
      if (core.state !== 'closed') {
        core.state = 'closed'
        feed.flush()
        connections.close()
        await history.close?.()
      }
      await connections.empty(CLOSING)
      // Who has not taken leave by now is not there any more.
      connections.cut()
      await connections.empty()
    },
  }

  /** In a burst every promise counts: where the history answers at once, there is one. */
  function handOn(publication: Publication): Promise<string | undefined> {
    try {
      const stored = core.opened ? store(publication) : core.started.then(() => store(publication))
      if (!isPromise(stored)) return Promise.resolve(stored)
      stored.catch(core.report)
      return stored
    } catch (error) {
      core.report(error)
      return unhandled(Promise.reject(error))
    }
  }

  function store({ item, ephemeral }: Publication): MaybePromise<string | undefined> {
    if (!ephemeral) return history.append(item)
    const announced = history.announce(item)
    return isPromise(announced) ? announced.then(() => undefined) : undefined
  }
}

/** Nobody has to wait for it: that must not end the process. */
function unhandled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {})
  return promise
}

function describe({ client, authorization, carrier }: Connection): HubClient {
  const { principal, topics = [] } = authorization ?? {}
  return { id: client, principal, transport: carrier.transport, topics: [...topics] }
}
