import { type AttachOptions, attachTo, type HttpServer } from './attach.js'
import { createCore, type HubOptions } from './core.js'
import { createWebHub, type WebHub } from './web-hub.js'

export interface Hub extends WebHub {
  /**
   * Serves WebSocket (by the package `ws`), SSE, long-poll and sends on one path of a Node server; everything else on it is left
   * alone. Returns a function that gives the path back.
   */
  attach(server: HttpServer, options?: AttachOptions): () => void
}

/** @throws {TypeError} for an option that cannot be */
export function createHub(options: HubOptions = {}): Hub {
  const core = createCore(options)
  const attach: Hub['attach'] = (server, attachOptions) => attachTo(core, server, attachOptions)
  return Object.assign(createWebHub(core), { attach })
}
