import { type Faults, type Middlebox, startMiddlebox } from '../test/support/middlebox.js'
import type { Entrant } from './entrant.js'

/** A proxy before each server, that spoils the same for all. */
export class Boxes {
  #byServer = new Map<number, Middlebox>()

  /** Runs what is to be measured behind them, and closes them. */
  static async with<Result>(
    entrants: readonly Entrant[],
    faults: Partial<Faults>,
    measure: (boxes: Boxes) => Promise<Result>,
  ): Promise<Result> {
    const boxes = new Boxes()
    try {
      for (const { port } of entrants)
        if (!boxes.#byServer.has(port)) boxes.#byServer.set(port, await startBox(port, faults))
      return await measure(boxes)
    } finally {
      for (const box of boxes.#byServer.values()) await box.close()
    }
  }

  before({ name, port }: Entrant): Middlebox {
    const box = this.#byServer.get(port)
    if (!box) throw new Error(`There is no proxy before ${name}.`)
    return box
  }

  /** Where a page finds the proxy. */
  portBefore(entrant: Entrant): number {
    return Number(new URL(this.before(entrant).url).port)
  }
}

/** @param port of the server behind */
export async function startBox(port: number, faults: Partial<Faults> = {}): Promise<Middlebox> {
  const box = await startMiddlebox(`http://127.0.0.1:${port}`)
  box.set(faults)
  return box
}
