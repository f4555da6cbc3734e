const NOBODY = -1

/** Who is due when: a bucket for each ms, so that a million clients cost no sorting. Each client has one place at most. */
export class Calendar {
  readonly #first: Int32Array
  readonly #next: Int32Array

  /** @param horizon in ms: what is put behind it is never due */
  constructor(clients: number, horizon: number) {
    this.#first = new Int32Array(horizon).fill(NOBODY)
    this.#next = new Int32Array(clients).fill(NOBODY)
  }

  /** @returns whether it will be due */
  put(client: number, time: number): boolean {
    const bucket = Math.round(time)
    if (bucket >= this.#first.length) return false
    this.#next[client] = this.#first[bucket] ?? NOBODY
    this.#first[bucket] = client
    return true
  }

  /** Those who are due at this ms. Each may be put anew, to a later time, while it is told. */
  visit(time: number, due: (client: number) => void): void {
    let client = this.#first[time] ?? NOBODY
    while (client !== NOBODY) {
      const following = this.#next[client] ?? NOBODY
      due(client)
      client = following
    }
  }
}
