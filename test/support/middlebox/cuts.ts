import type { CutPlace, Kind } from './faults.js'
import type { FramePart } from './frames.js'

export interface Cut {
  readonly place: CutPlace
  readonly how: 'fin' | 'rst'
}

/** What passes of some bytes; `cut`: that, and then the connection is cut. */
export interface Passing {
  readonly bytes: Buffer
  readonly cut?: Cut
}

/** Something open that carries events: it can be cut once, where the bytes allow it. */
export class CuttableCarrier {
  cut: Cut | undefined
  readonly kind: Kind
  readonly #done: () => void
  /** The next byte begins a block. */
  #fresh = true
  #tail = ''

  /** @param done called when it was cut */
  constructor(kind: Kind, done: () => void) {
    this.kind = kind
    this.#done = done
  }

  /** Whether this kind of carrier has such a place at all. */
  has(place: CutPlace): boolean {
    return this.kind === 'websocket' || (place !== 'frame' && place !== 'header')
  }

  /** The next bytes of a body. */
  passBody(bytes: Buffer): Passing {
    return this.#upTo(bytes, this.#find(bytes))
  }

  /** The next part of a frame. */
  passFrame(part: FramePart): Passing {
    const { bytes, header, data } = part
    if (!data) return { bytes }
    if (header > 0) this.#fresh = true
    const inside = this.#find(bytes.subarray(header))
    if (inside !== undefined) return this.#upTo(bytes, header + inside)
    if (header === 0) return { bytes }
    if (this.cut?.place === 'header') return this.#upTo(bytes, 1)
    const payload = bytes.length - header
    if (this.cut?.place === 'frame' && payload > 1) return this.#upTo(bytes, header + Math.floor(payload / 2))
    return { bytes }
  }

  #upTo(bytes: Buffer, end: number | undefined): Passing {
    const { cut } = this
    if (end === undefined || cut === undefined) return { bytes }
    this.cut = undefined
    this.#done()
    return { bytes: bytes.subarray(0, end), cut }
  }

  /** Where to cut the text, if it holds the place that is wanted. */
  #find(bytes: Buffer): number | undefined {
    if (this.cut?.place === 'character') {
      // The first byte of a character of several has its two highest bits set.
      const lead = bytes.findIndex((byte) => byte >= 0xc0)
      return lead < 0 ? undefined : lead + 1
    }
    // One character for each byte, so that places in it are places in the bytes.
    const text = bytes.toString('latin1')
    let start = this.#fresh ? 0 : text.indexOf('\n\n') + 2
    const known = this.#fresh || start > 1
    this.#tail = (this.#tail + text).slice(-2)
    this.#fresh = this.#tail === '\n\n'
    if (this.cut === undefined || !known) return undefined
    while (start < text.length) {
      const end = text.indexOf('\n\n', start)
      const block = text.slice(start, end < 0 ? undefined : end + 1)
      const place = findInBlock(this.cut.place, block)
      if (place !== undefined) return start + place
      if (end < 0) return undefined
      start = end + 2
    }
    return undefined
  }
}

/** An event is what has data, and is not the protocol's own. */
function findInBlock(place: CutPlace, block: string): number | undefined {
  if (/^event: ?holdfast:/m.test(block)) return undefined
  const data = /^data: ?(?=..)/m.exec(block)
  if (data === null) return undefined
  if (place === 'event') {
    const begin = data.index + data[0].length
    const line = block.indexOf('\n', begin)
    return begin + Math.ceil(((line < 0 ? block.length : line) - begin) / 2)
  }
  const id = place === 'id' ? /^id:.*\n/m.exec(block) : null
  return id === null || id.index > data.index ? undefined : id.index + id[0].length
}
