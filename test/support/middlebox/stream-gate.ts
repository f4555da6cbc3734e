import type { StreamFault } from './faults.js'

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

export function openStreamGate(fault: () => StreamFault): StreamGate {
  let held: Buffer[] = []
  let passed = 0
  let cut = false
  const release = () => {
    const all = Buffer.concat(held)
    held = []
    return all
  }
  const limits = () => {
    const now = fault()
    return typeof now === 'object' && 'cutAfter' in now ? now.cutAfter : {}
  }
  return {
    pass(chunk) {
      const now = fault()
      if (now === 'headers' || cut) return Buffer.alloc(0)
      held.push(chunk)
      if (now === 'buffer') return Buffer.alloc(0)
      if (typeof now === 'object' && 'buffer' in now) {
        const all = release()
        const whole = all.length - (all.length % now.buffer)
        held = [all.subarray(whole)]
        return all.subarray(0, whole)
      }
      const { bytes = Number.POSITIVE_INFINITY } = limits()
      const out = release()
      passed += out.length
      cut = passed >= bytes
      return cut ? out.subarray(0, out.length - (passed - bytes)) : out
    },
    rest: release,
    get cut() {
      return cut
    },
    get ends() {
      return fault() !== 'headers'
    },
    cutAfterMs: limits().ms,
  }
}
