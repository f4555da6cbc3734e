import type { EventMap } from '../types.js'
import { type AttachOptions, attachTo, type HttpServer } from './attach.js'
import { createCore, type HubOptions } from './core.js'
import { createWebHub, type WebHub } from './web-hub.js'

/** The server half. `Events`: what it publishes. `Sends`: what pages send. `Replies`: what the handler answers to it. */
export interface Hub<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
> extends WebHub<Events, Sends, Replies> {
  /**
   * Serves WebSocket (by the package `ws`), SSE, long-poll and sends on one path of a Node server; everything else on it is left
   * alone. Returns a function that gives the path back.
   * @throws {TypeError} for a path that does not begin with `/`
   */
  attach(server: HttpServer, options?: AttachOptions): () => void
}

/**
 * A server half without a server of its own: give it to one by `attach`, or requests by `fetch`.
 *
 * @throws {TypeError} for an option that cannot be
 */
export function createHub<
  Events extends object = EventMap,
  Sends extends object = EventMap,
  Replies extends object = EventMap,
>(options?: HubOptions<Events, Sends, Replies>): Hub<Events, Sends, Replies>
export function createHub(options?: HubOptions): Hub
export function createHub(options: HubOptions = {}): Hub {
  const core = createCore(options)
  const attach: Hub['attach'] = (server, attachOptions) => attachTo(core, server, attachOptions)
  return Object.assign(createWebHub(core), { attach })
}
