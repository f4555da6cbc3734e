let text = ''
let bytes: Buffer | undefined

/** The bytes of a text; of the same text again, which is what a broadcast writes, the same bytes. Not to be changed. */
export function sharedBytes(given: string): Buffer {
  if (bytes !== undefined && given === text) return bytes
  text = given
  bytes = Buffer.from(given)
  return bytes
}
