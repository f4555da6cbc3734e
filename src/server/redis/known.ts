import { randomText } from '../random.js'
import { evaluate, type Send } from './commands.js'
import { isBefore, type Keys, type Place, readCheck } from './entries.js'
import { checkScript } from './scripts.js'

/**
 * What this process knows to be stored: what it has read, and what it was told is stored. A Redis that does not have it came
 * back with older data. So each new connection is asked for it before anything is read or stored there.
 */
export class Known {
  readonly #keys: Keys
  /** Up to where the stream was read. */
  read: Place
  #confirmed: Place | undefined
  /** Which Redis had it when it was last asked. */
  #run = ''

  constructor(keys: Keys, read: Place) {
    this.#keys = keys
    this.read = read
  }

  /** Redis has said that it has stored this entry. */
  confirm(place: Place): void {
    const before = this.#confirmed
    if (before?.generation !== place.generation || isBefore(before.id, place.id)) this.#confirmed = place
  }

  /**
   * Compares it with what is in the stream, and begins a new generation where something was lost.
   * @param isLost something is known to be lost
   * @returns where the generation begins that the stream is in
   */
  async check(send: Send, isLost = false): Promise<Place> {
    const { generation, ids } = this.#newest()
    const args = [randomText(12), generation, this.#run, isLost ? '1' : '0', ...ids]
    const { place, run } = readCheck(await evaluate(send, checkScript, [this.#keys.events, this.#keys.head], args))
    this.#run = run
    // That generation is over: asked for again it would end the new one too, where a clock was set back.
    if (place.generation !== generation && this.#confirmed?.generation === generation) this.#confirmed = undefined
    return place
  }

  #newest(): { generation: string; ids: string[] } {
    const [read, confirmed] = [this.read, this.#confirmed]
    // What was read after it stands for what was confirmed, which may have been trimmed since.
    if (confirmed === undefined || !isBefore(read.id, confirmed.id))
      return { generation: read.generation, ids: [read.id] }
    const ids = confirmed.generation === read.generation ? [read.id, confirmed.id] : [confirmed.id]
    return { generation: confirmed.generation, ids }
  }
}
