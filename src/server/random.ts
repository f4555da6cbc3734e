const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Random text of `a-z 0-9`, for what must not come again. 12 characters are 62 bits, 6 are 31. */
export function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length))
  return Array.from(bytes, (byte) => ALPHABET[byte % 36]).join('')
}
