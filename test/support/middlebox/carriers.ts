import { type Cut, CuttableCarrier } from './cuts.js'
import type { Kind } from './faults.js'

/** All that carries events now, and the cuts that wait for their place. */
export class Carriers {
  /** Cuts that were made. */
  cuts = 0
  readonly #open = new Set<CuttableCarrier>()
  /** Of polls whose answers did not have the place: for the polls that follow them. */
  #owed: Cut[] = []

  open(kind: Kind): CuttableCarrier {
    const carrier = new CuttableCarrier(kind, () => this.cuts++)
    if (kind === 'poll') carrier.cut = this.#owed.shift()
    this.#open.add(carrier)
    return carrier
  }

  close(carrier: CuttableCarrier): void {
    this.#open.delete(carrier)
    if (carrier.kind === 'poll' && carrier.cut !== undefined) this.#owed.push(carrier.cut)
  }

  /** @returns how many carriers wait for their cut now */
  cutAt(cut: Cut): number {
    this.#owed = []
    const carriers = [...this.#open].filter((carrier) => carrier.has(cut.place))
    for (const carrier of carriers) carrier.cut = cut
    return carriers.length
  }

  /** Nothing is to be cut any more. */
  spare(): void {
    this.#owed = []
    for (const carrier of this.#open) carrier.cut = undefined
  }
}
