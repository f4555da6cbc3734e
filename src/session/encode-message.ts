import { toBase64 } from '../kit/base64.js'

/** What a page sends, as long as it waits in the outbox. */
export interface Message {
  /** Native: `"type":…,"data":…`, encoded once, whatever happens on the way. Plain: the frame itself. */
  content: string | BufferSource | Blob
  size: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** Given when it is first transmitted: from then on it may have been handled. */
  number?: number
  /** It is on its way on the present carrier. */
  away?: boolean
}

/**
 * What stands in a frame of sends beside the number (PROTOCOL.md, "send").
 * @throws {TypeError} for a type that PROTOCOL.md, "Events", forbids, and for data that JSON cannot hold
 */
export function encodeMessage(type: unknown, data: unknown): string {
  if (typeof type !== 'string' || !/^(?!holdfast:)[^\r\n\0]{1,256}$/.test(type)) {
    throw new TypeError('send: the type must be 1 to 256 characters in one line, and not begin with "holdfast:".')
  }
  const view = data instanceof ArrayBuffer ? new Uint8Array(data) : data
  const content = ArrayBuffer.isView(view)
    ? { bytes: toBase64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength)) }
    : { data }
  return JSON.stringify({ type, ...content }).slice(1, -1)
}
