import type { Faults, Middlebox } from '../../support/middlebox.js'
import type { TransportName } from '../page/messages.js'
import type { WorldSettings } from '../settings.js'

// What several kinds of faults do to the middlebox.

export const uses =
  (...names: TransportName[]) =>
  ({ transports }: WorldSettings): boolean =>
    names.every((name) => transports.includes(name))

/** Spoils one way from now on; heals that alone. */
export function spoil(box: Middlebox, faults: Partial<Faults>): () => void {
  box.set(faults)
  return () => {
    for (const way of ['websocket', 'sse', 'poll', 'post'] as const) if (way in faults) box.set({ [way]: 'pass' })
  }
}

export function killAll(box: Middlebox): void {
  box.kill('rst')
}
