import type { Env } from './kit/env.js'

/**
 * Which topics a page wants to hear, counted, so that two parts of it can want the same one.
 *
 * @param tell is told all of them; several changes in one task are one call
 * @returns subscribes to one more; returns a function that leaves it
 * @throws {TypeError} where the topic is no text
 */
export function createTopics(
  env: Env,
  first: readonly string[],
  tell: (topics: string[]) => void,
): (topic: string) => () => void {
  const counts = new Map<string, number>()
  let changed = false

  const change = (topic: string, by: number): void => {
    const count = (counts.get(topic) ?? 0) + by
    if (count) counts.set(topic, count)
    else counts.delete(topic)
    if (changed || count !== +(by > 0)) return
    changed = true
    env.queueMicrotask(() => {
      changed = false
      tell([...counts.keys()])
    })
  }

  const subscribe = (topic: string): (() => void) => {
    if (!topic || typeof topic !== 'string') throw new TypeError('A topic must be a non-empty string.')
    let by = -1
    change(topic, 1)
    return () => {
      if (by) change(topic, by)
      by = 0
    }
  }
  first.forEach(subscribe)
  return subscribe
}
