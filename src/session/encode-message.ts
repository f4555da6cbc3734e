import { toBase64 } from '../kit/base64.js'

/**
 * What stands in a frame of sends beside the number (PROTOCOL.md, "send").
 * @throws {TypeError} for a type that PROTOCOL.md, "Events", forbids, and for data that JSON cannot hold
 */
export function encodeMessage(type: unknown, data: unknown): string {
  if (typeof type !== 'string' || !/^(?!holdfast:)[^\r\n\0]{1,256}$/.test(type)) {
    throw new TypeError('send: the type must be 1 to 256 characters in one line, and not begin with "holdfast:".')
  }
  const bytes = bytesOf(data)
  return JSON.stringify(bytes ? { type, bytes: toBase64(bytes) } : { type, data }).slice(1, -1)
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
