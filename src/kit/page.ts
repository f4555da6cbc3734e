import type { Env, Target } from './env.js'

/** What happens to a page, as far as a connection must know. */
export interface PageListener {
  /** The page goes away: it may be gone for good, or wait in the back/forward cache. */
  hide(): void
  /** The browser is about to freeze it: it runs no timer and hears nothing of the network. */
  freeze?(): void
  /** It is back from the back/forward cache. */
  show(): void
  /** It was frozen, and is thawed: what was open is of no use. */
  thaw(): void
  /** The network is back. */
  online?(): void
  /** It may be another network now. */
  changed?(): void
  /** Somebody looks at it again. */
  visible?(): void
}

/** `visibilitychange` alone misses wake-ups: page lifecycle, bfcache and network speak too. Returns a function that stops listening. */
export function watchPage(env: Env, listener: PageListener): () => void {
  // No signal ends them: simulated DOMs take none but their own.
  const undo: (() => void)[] = []
  const listen = (target: Target | undefined, type: string, handler?: (event: { persisted?: boolean }) => void) => {
    if (!handler) return
    target?.addEventListener?.(type, handler)
    undo.push(() => target?.removeEventListener?.(type, handler))
  }
  listen(env, 'pagehide', listener.hide)
  listen(env, 'pageshow', ({ persisted }) => persisted && listener.show())
  listen(env, 'online', listener.online)
  listen(env.navigator?.connection, 'change', listener.changed)
  listen(env.document, 'freeze', listener.freeze)
  listen(env.document, 'resume', listener.thaw)
  listen(env.document, 'visibilitychange', () => env.document?.visibilityState === 'visible' && listener.visible?.())
  return () => {
    for (const stop of undo) stop()
  }
}
