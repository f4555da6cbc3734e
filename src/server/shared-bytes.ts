/** The first byte of a frame: a whole message of text. */
const TEXT_FRAME = 0x81

let text = ''
let bytes: Buffer | undefined
let framed = ''
let frame: Buffer | undefined

/** The bytes of a text; of the same text again, which is what a broadcast writes, the same bytes. Not to be changed. */
export function sharedBytes(given: string): Buffer {
  if (bytes !== undefined && given === text) return bytes
  text = given
  bytes = Buffer.from(given)
  return bytes
}

/** As `sharedBytes`, for a text as one message of a WebSocket: servers do not mask it, so that it is the same for all. */
export function sharedFrame(given: string): Buffer {
  if (frame !== undefined && given === framed) return frame
  framed = given
  frame = encodeFrame(given)
  return frame
}

/** RFC 6455, 5.2. */
function encodeFrame(content: string): Buffer {
  const length = Buffer.byteLength(content)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const encoded = Buffer.allocUnsafe(head + length)
  encoded[0] = TEXT_FRAME
  if (head === 2) encoded[1] = length
  else if (head === 4) {
    encoded[1] = 126
    encoded.writeUInt16BE(length, 2)
  } else {
    encoded[1] = 127
    encoded.writeBigUInt64BE(BigInt(length), 2)
  }
  encoded.write(content, head)
  return encoded
}
