/** What the middlebox tells apart. `preflight` is a CORS preflight; `other` is whatever is none of the rest. */
export type Kind = 'websocket' | 'sse' | 'poll' | 'post' | 'preflight' | 'other'

/** Down: from the server to the page. */
export type Direction = 'down' | 'up'

/**
 * Where `cutAt` cuts: in the middle of the data line of an event; between the bytes of one character in UTF-8; after the line
 * of an event's id; in the payload of a WebSocket's frame, or in its header.
 */
export type CutPlace = 'event' | 'character' | 'id' | 'frame' | 'header'

/** Answers with this status and a page of HTML, as proxies do, and never asks the server. */
export interface RefuseFault {
  status: number
  /** Seconds, as the `Retry-After` header. */
  retryAfter?: number
}

/**
 * - `hang`: the upgrade is never answered.
 * - `flap`: every WebSocket opens and is cut 50 ms later.
 * - `swallow`: the upgrade passes, frames in this direction vanish. Also those of sockets that are open already.
 * - `cutAfter`: the upgrade passes, and the connection is cut after so many frames from the server, or so many ms.
 */
export type WebSocketFault =
  | 'pass'
  | 'hang'
  | 'flap'
  | RefuseFault
  | { swallow: 'down' | 'up' | 'both' }
  | { cutAfter: { frames?: number; ms?: number } }

/**
 * - `buffer`: headers pass, the body is held until the server ends it; as a number: in pieces of so many bytes.
 * - `headers`: headers pass, the body never does, nor its end.
 * - `cutAfter`: cut after so many bytes of the body, or so many ms.
 * - `gzip`: compressed where the page accepts that; flushed for every chunk, or held until the compressor has enough.
 */
export type StreamFault =
  | 'pass'
  | 'buffer'
  | 'headers'
  | RefuseFault
  | { buffer: number }
  | { cutAfter: { bytes?: number; ms?: number } }
  | { gzip: 'flush' | 'hold' }

/**
 * - `hang`: never answered, and the server never asked.
 * - `unanswered`: the server handles it, and the answer never comes.
 * - `delay`: ms, on top of the round trip's. `once`: only the next one, so that those after it overtake it.
 * - `cut`: the server handles the request, and the answer is cut after so many bytes of its body. 0: no answer at all.
 * - `gzip`: the answer is compressed where the page accepts that.
 */
export type RequestFault =
  | 'pass'
  | 'hang'
  | 'unanswered'
  | RefuseFault
  | { delay: number; once?: boolean }
  | { cut: number }
  | { gzip: true }

/** All of it is JSON, so that a test in a browser can say it too. */
export interface Faults {
  /** ms of a round trip: half of it each way, and a whole one more for the handshake of a new connection. Default 0. */
  delay: number
  /** ms between two single bytes, in both directions, of whatever kind: a line on which everything crawls. 0: no limit. */
  trickle: number
  /** Bytes per second that each connection lets pass down to the page. 0: no limit. */
  bandwidth: number
  /** `refuse`: no answer has an `Access-Control-` header, and preflights are refused, as by a proxy that knows nothing of CORS. */
  cors: 'pass' | 'refuse'
  /** `buffer`: every body whose own fault is `pass` is held until the server ends it, whatever its type. */
  body: 'pass' | 'buffer'
  websocket: WebSocketFault
  /** Responses of type text/event-stream that are neither a poll nor an answer to a POST. */
  sse: StreamFault
  poll: RequestFault
  post: RequestFault
}

export const noFaults: Faults = {
  delay: 0,
  trickle: 0,
  bandwidth: 0,
  cors: 'pass',
  body: 'pass',
  websocket: 'pass',
  sse: 'pass',
  poll: 'pass',
  post: 'pass',
}

export function isRefusal(fault: object | string): fault is RefuseFault {
  return typeof fault === 'object' && 'status' in fault
}
