import { platform } from '../kit/env.js'
import type { Closable, Key } from './words.js'

/** What a component has made for itself: at most one thing at a time. */
export interface Holder<Made extends Closable> {
  /** What there is now; the same as long as nothing changed. */
  current(): Made | undefined
  /** Returns a function that removes the listener. */
  subscribe(listener: () => void): () => void
  /**
   * Makes what this key asks for, unless it is there; what was made for another key is closed. Returns a function that
   * lets go, unless somebody came later.
   */
  hold<Chosen extends Key>(key: Chosen, make: (key: Chosen) => Made): () => void
}

/**
 * What is let go is closed a microtask later, and not at all if it is held again by then. That is how one connection
 * outlives the unmounting and mounting again that React's StrictMode and hot reloading do in one go, and the moment in
 * which one part of a page makes way for another.
 */
export function createHolder<Made extends Closable>(): Holder<Made> {
  const listeners = new Set<() => void>()
  let made: Made | undefined
  let madeFor: Key | undefined
  let holds = 0

  const put = (next: Made | undefined) => {
    made = next
    for (const listener of listeners) listener()
  }
  const close = () => {
    const old = made
    if (!old) return
    put(undefined)
    old.close()
  }

  return {
    current: () => made,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    hold(key, make) {
      if (madeFor !== key) close()
      // If it throws, nothing is held.
      if (!made) put(make(key))
      madeFor = key
      const hold = ++holds
      return () => {
        platform.queueMicrotask(() => {
          if (hold === holds) close()
        })
      }
    },
  }
}
