import type { Env } from './env.js'

/** Resolves after `delay` ms, or at once when the signal aborts. Never rejects: who waits looks at the signal. */
export function sleep(env: Env, delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || delay <= 0) return resolve()
    const done = () => {
      env.clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = env.setTimeout(done, delay)
    signal.addEventListener('abort', done)
  })
}
