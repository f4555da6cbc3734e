import type { Env } from './env.js'

/** When a listener is removed, beside by the function that adding it returns. */
export interface ListenOptions {
  /** Removes the listener when it aborts. */
  signal?: AbortSignal
  /** Removes the listener after its first event. */
  once?: boolean
}

/** Listeners by type, where `Values` says what those of each type hear. */
export interface Emitter<Values> {
  /**
   * Returns a function that removes the listener.
   * @throws {TypeError} where the listener is none
   */
  add<Type extends keyof Values>(
    type: Type,
    listener: (value: Values[Type]) => void,
    options?: ListenOptions,
  ): () => void
  /** Calls every listener; one that throws is reported as uncaught errors are, and the others still hear. */
  emit<Type extends keyof Values>(type: Type, value: Values[Type]): void
  has(type: keyof Values): boolean
}

export function createEmitter<Values>(env: Env): Emitter<Values> {
  // Arrays are replaced, never changed: who is added or removed while they are called changes the next call.
  const listeners = new Map<keyof Values, ((value: never) => void)[]>()
  const of = (type: keyof Values) => listeners.get(type) ?? []

  return {
    add(type, listener, { signal, once } = {}) {
      if (typeof listener !== 'function') throw new TypeError(`${String(type)}: the listener must be a function.`)
      const entry: typeof listener = (value) => {
        if (once) remove()
        listener(value)
      }
      const remove = () => {
        const left = of(type).filter((other) => other !== entry)
        if (left.length) listeners.set(type, left)
        else listeners.delete(type)
        signal?.removeEventListener('abort', remove)
      }
      if (!signal?.aborted) {
        listeners.set(type, [...of(type), entry])
        signal?.addEventListener('abort', remove)
      }
      return remove
    },
    emit(type, value) {
      for (const listener of of(type)) {
        try {
          ;(listener as (value: unknown) => void)(value)
        } catch (error) {
          if (env.reportError) env.reportError(error)
          // Node has none: what is thrown in a task of its own reaches `uncaughtException` all the same.
          else
            env.setTimeout(() => {
              throw error
            }, 0)
        }
      }
    },
    has: (type) => listeners.has(type),
  }
}
