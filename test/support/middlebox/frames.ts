/** A part of a WebSocket's frame. */
export interface FramePart {
  readonly bytes: Buffer
  /** How many of the bytes are the frame's header: 0 but for its first part. */
  readonly header: number
  /** The last part of its frame. */
  readonly last: boolean
  /** Whether it carries data: control frames (ping, pong, close) have the highest bit of the opcode set. */
  readonly data: boolean
}

/**
 * Cuts a WebSocket's bytes where its frames begin and end (RFC 6455, section 5.2), so that a swallowed one leaves no torn
 * pieces. Holds no more than an unfinished header.
 */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes of the payload that are still to come. */
  #left = 0
  #data = false

  read(chunk: Buffer): FramePart[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const parts: FramePart[] = []
    while (bytes.length > 0) {
      let header = 0
      if (this.#left === 0) {
        const frame = readHeader(bytes)
        if (frame === undefined) break
        header = frame.header
        this.#left = frame.payload
        this.#data = frame.data
      }
      const length = Math.min(bytes.length, header + this.#left)
      this.#left -= length - header
      parts.push({ bytes: bytes.subarray(0, length), header, last: this.#left === 0, data: this.#data })
      bytes = bytes.subarray(length)
    }
    this.#rest = bytes
    return parts
  }
}

function readHeader(bytes: Buffer): { header: number; payload: number; data: boolean } | undefined {
  const [first = 0, second] = bytes
  if (second === undefined) return undefined
  const short = second & 0x7f
  const header = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second & 0x80 ? 4 : 0)
  if (bytes.length < header) return undefined
  const payload = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  return { header, payload, data: (first & 0x08) === 0 }
}
