import type { RequestFault, StreamFault } from './faults.js'

/** What a proxy holds back at most, in bytes: more than that leaves it all the same. */
const HELD_AT_MOST = 1_048_576

/** Decides what of a body passes, and when. The fault is looked at again for every chunk: it can change on the way. */
export interface StreamGate {
  pass(chunk: Buffer): Buffer
  /** What is still held, at the end of the body. */
  rest(): Buffer
  /** Whether the body has to be cut now. */
  readonly cut: boolean
  /** Whether the end of the body passes. */
  readonly ends: boolean
  /** When the body has to be cut whatever passed, in ms from its headers. */
  readonly cutAfterMs: number | undefined
}

export function openStreamGate(fault: () => StreamFault | RequestFault): StreamGate {
  let held: Buffer[] = []
  let size = 0
  let passed = 0
  /** All that is held, but for so many bytes. */
  const release = (keep = 0) => {
    const all = Buffer.concat(held)
    held = keep > 0 ? [all.subarray(all.length - keep)] : []
    size = keep
    return all.subarray(0, all.length - keep)
  }
  const limits = (): { bytes?: number; ms?: number } => {
    const now = fault()
    if (typeof now !== 'object') return {}
    return 'cutAfter' in now ? now.cutAfter : 'cut' in now ? { bytes: now.cut } : {}
  }
  const piece = () => {
    const now = fault()
    if (now === 'buffer') return HELD_AT_MOST
    return typeof now === 'object' && 'buffer' in now ? now.buffer : 1
  }
  const cut = () => passed >= (limits().bytes ?? Number.POSITIVE_INFINITY)
  return {
    pass(chunk) {
      if (fault() === 'headers' || cut()) return Buffer.alloc(0)
      held.push(chunk)
      size += chunk.length
      if (size < piece()) return Buffer.alloc(0)
      const out = release(size % piece())
      const { bytes = Number.POSITIVE_INFINITY } = limits()
      const left = bytes - passed
      passed += out.length
      return out.subarray(0, left)
    },
    rest: release,
    get cut() {
      return cut()
    },
    get ends() {
      return fault() !== 'headers'
    },
    cutAfterMs: limits().ms,
  }
}
