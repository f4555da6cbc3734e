import { HoldfastError } from '../errors.js'
import type { DecoderSink, Protocol } from '../seams.js'
import { createBlocks } from './blocks.js'

/** What a plain server promises, and how it is asked to go on. */
export interface PlainOptions {
  /**
   * How long the server may be silent, in ms, before its connection counts as dead. Default: for ever, since plain servers
   * promise no heartbeat; then only the network itself tells.
   */
  heartbeat?: number
  /** Least time between the starts of two polls, in ms: a plain poll may be answered at once. Default 1,000. */
  pollInterval?: number
  /** Polls that answer with JSON: the cursor after an item. Default: the response's `ETag`. */
  cursor?: (item: unknown) => string | undefined
  /** How the cursor is said in a request. Default: the header `If-None-Match` for an entity tag, else `Last-Event-ID`. */
  resume?: (cursor: string, url: URL, headers: Record<string, string>) => void
}

/** An entity tag (RFC 9110, section 8.8.3) is told from an event id by its quotes. */
const ENTITY_TAG = /^(W\/)?".*"$/

function resumeByHeader(cursor: string, _url: URL, headers: Record<string, string>): void {
  if (ENTITY_TAG.test(cursor)) headers['if-none-match'] = cursor
  // A header holds bytes, and EventSource sends UTF-8.
  else headers['last-event-id'] = String.fromCharCode(...new TextEncoder().encode(cursor))
}

/**
 * Speaks to a server that knows nothing of Holdfast: WebSocket frames become `message` events, an SSE stream is read
 * as EventSource reads it, a poll may answer with SSE text, a JSON array, one JSON value, or 204.
 *
 * @throws {TypeError} for a `heartbeat` or `pollInterval` that is no number of ms
 */
export function plain({
  heartbeat,
  pollInterval = 1000,
  cursor,
  resume = resumeByHeader,
}: PlainOptions = {}): Protocol & {
  readonly native: false
} {
  for (const delay of [heartbeat ?? 1, pollInterval]) {
    if (!(delay >= 0)) throw new TypeError('plain: heartbeat and pollInterval must be numbers of ms.')
  }
  return {
    name: 'plain',
    native: false,
    heartbeat,

    ask(framing, url, hello) {
      const headers: Record<string, string> = { accept: 'text/event-stream', ...hello.headers }
      if (framing === 'body') headers.accept = 'text/event-stream, application/json'
      if (hello.cursor) resume(hello.cursor, url, headers)
      return { url: url.href, headers, pause: framing === 'body' ? pollInterval : undefined }
    },

    decoder(framing, sink, maxEventSize) {
      if (framing === 'message') {
        return {
          data: (data) => {
            const size = typeof data === 'string' ? data.length : data.byteLength
            if (size <= maxEventSize) sink.event('message', data, undefined)
            else sink.control({ kind: 'rejected', error: tooLarge(maxEventSize) })
          },
          end() {},
        }
      }
      const blocks = createBlocks(sink, maxEventSize, true)
      if (framing === 'stream') return { data: (data) => blocks.feed(`${data}`), end: blocks.reset }
      return bodyDecoder(sink, blocks, maxEventSize, cursor)
    },

    decode: (data) => data,
  }
}

function tooLarge(maxEventSize: number): HoldfastError {
  return new HoldfastError(
    'event-too-large',
    `A message is larger than maxEventSize (${maxEventSize}); it was skipped.`,
  )
}

/** A poll's body: SSE text, or JSON, told apart by its first character. */
function bodyDecoder(
  sink: DecoderSink,
  blocks: { feed(text: string): void; reset(): void },
  maxEventSize: number,
  cursor: PlainOptions['cursor'],
) {
  let json: string | undefined
  let begun = false

  const items = (text: string) => {
    const value: unknown = JSON.parse(text)
    for (const item of Array.isArray(value) ? value : [value]) {
      sink.event('message', typeof item === 'string' ? item : JSON.stringify(item), cursor?.(item))
    }
  }

  return {
    data(data: string | ArrayBuffer) {
      let text = `${data}`
      if (!begun) {
        text = text.trimStart()
        if (!text) return
        begun = true
        // No field name of an event stream, and no comment, begins like a JSON value.
        if (/^["[{\d-]|^(true|false|null)$/.test(text)) json = ''
      }
      if (json === undefined) return blocks.feed(text)
      json += text
      if (json.length > maxEventSize) sink.control({ kind: 'failed', error: tooLarge(maxEventSize) })
    },
    end(position?: string) {
      const text = json
      json = undefined
      begun = false
      blocks.reset()
      try {
        if (text !== undefined) items(text)
      } catch (cause) {
        const error = new HoldfastError('malformed', 'The poll answered with JSON that does not parse.', { cause })
        sink.control({ kind: 'rejected', error })
      }
      if (position && !cursor) sink.control({ kind: 'cursor', id: position })
    },
  }
}
