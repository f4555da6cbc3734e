/** Cuts a WebSocket's bytes into whole frames (RFC 6455, section 5.2), so that a swallowed one leaves no torn pieces. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)

  /** Every frame that this chunk completes, as the bytes that came. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    for (;;) {
      const length = frameLength(this.#rest)
      if (length === undefined || this.#rest.length < length) return frames
      frames.push(this.#rest.subarray(0, length))
      this.#rest = this.#rest.subarray(length)
    }
  }
}

/** Whether it carries data: control frames (ping, pong, close) have the highest bit of the opcode set. */
export function isData(frame: Buffer): boolean {
  return ((frame[0] ?? 0) & 0x08) === 0
}

function frameLength(bytes: Buffer): number | undefined {
  const second = bytes[1]
  if (second === undefined) return undefined
  const mask = second & 0x80 ? 4 : 0
  const short = second & 0x7f
  if (short < 126) return 2 + mask + short
  if (short === 126) return bytes.length < 4 ? undefined : 4 + mask + bytes.readUInt16BE(2)
  return bytes.length < 10 ? undefined : 10 + mask + Number(bytes.readBigUInt64BE(2))
}
