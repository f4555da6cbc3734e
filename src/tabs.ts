import type { Share } from './options.js'
import { native } from './protocols/native.js'
import { joinGroup } from './sharing/group.js'
import { uplink } from './transports/http.js'
import { longPoll } from './transports/long-poll.js'

/** Which tabs share a connection. */
export interface TabsOptions {
  /**
   * Who the stream is for: tabs with the same URL, protocol, credentials and identity share one connection, tabs with
   * another never hear of each other. `null`: the stream is the same for everybody.
   */
  identity: string | number | null
}

/**
 * One connection for all tabs, frames and workers of a site: one of them holds it, the others hear it from there.
 *
 * @throws {TypeError} where the identity is left out
 */
export function tabs({ identity }: TabsOptions): Share {
  if (identity !== null && !(identity && typeof identity === 'string') && !Number.isFinite(identity))
    throw new TypeError(
      'tabs: identity must be a non-empty string or a number, or null for a stream that is the same for everybody.',
    )
  return (options, createSession, sink) =>
    joinGroup(
      { ...options, identity },
      { wire: options.protocol.native ? options.protocol : native, poll: longPoll(), uplink },
      createSession,
      sink,
    )
}
