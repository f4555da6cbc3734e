import type { Env } from './env.js'

export interface Emitter<Value> {
  /** Returns a function that removes the listener. */
  add(listener: (value: Value) => void, options?: { signal?: AbortSignal; once?: boolean }): () => void
  /** Calls every listener; one that throws is reported as the platform reports uncaught errors, and the others still hear. */
  emit(value: Value): void
  readonly size: number
}

export function createEmitter<Value>(env: Env): Emitter<Value> {
  // Replaced, never changed: who is added or removed while it is called changes the next call.
  let listeners: ((value: Value) => void)[] = []

  return {
    add(listener, { signal, once } = {}) {
      const entry = (value: Value) => {
        if (once) remove()
        listener(value)
      }
      const remove = () => {
        listeners = listeners.filter((other) => other !== entry)
        signal?.removeEventListener('abort', remove)
      }
      if (!signal?.aborted) {
        listeners = [...listeners, entry]
        signal?.addEventListener('abort', remove)
      }
      return remove
    },
    emit(value) {
      for (const listener of listeners) {
        try {
          listener(value)
        } catch (error) {
          report(env, error)
        }
      }
    },
    get size() {
      return listeners.length
    },
  }
}

function report(env: Env, error: unknown): void {
  if (env.reportError) env.reportError(error)
  // Node has no reportError: what is thrown in a task of its own reaches `uncaughtException` all the same.
  else
    env.setTimeout(() => {
      throw error
    }, 0)
}
