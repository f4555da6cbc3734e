import { setTimeout as sleep } from 'node:timers/promises'

/** How bytes go in one direction. */
export interface Pace {
  /** ms that everything takes. */
  readonly delay: number
  /** ms between two single bytes; 0: they go as they come. */
  readonly trickle: number
  /** Bytes per second; 0: no limit. */
  readonly bandwidth: number
}

/** So many bytes are on their way at most: who has more waits, as with a window of TCP. */
const LIMIT = 65_536
/** A limited line passes what it lets pass in so many ms at once. */
const TICK = 20

/** One direction of a connection: what goes in comes out later or more slowly, in order, and never much of it is held. */
export class Lane {
  /** Bytes on their way. */
  held = 0
  readonly #pace: () => Pace
  readonly #deliver: (bytes: Buffer) => Promise<void> | undefined
  readonly #queue: { at: number; bytes?: Buffer; action?: () => void }[] = []
  readonly #waiting: (() => void)[] = []
  #running = false
  #closed = false
  /** When the last piece has passed, for what is slower than it could be. */
  #free = 0

  /** @param deliver returns a promise where no more may come before it is settled */
  constructor(pace: () => Pace, deliver: (bytes: Buffer) => Promise<void> | undefined) {
    this.#pace = pace
    this.#deliver = deliver
  }

  /**
   * @param since not before then, whatever the delay
   * @returns a promise where the sender has to wait until it is settled
   */
  put(bytes: Buffer, since = 0): Promise<void> | undefined {
    if (this.#closed) return undefined
    this.held += bytes.length
    this.#queue.push({ at: Math.max(since, performance.now()) + this.#pace().delay, bytes })
    if (!this.#running) void this.#run()
    if (this.held <= LIMIT) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Does something behind all that is on its way. */
  behind(action: () => void): void {
    this.#queue.push({ at: performance.now() + this.#pace().delay, action })
    if (!this.#running) void this.#run()
  }

  /** Nothing that is on its way arrives any more. */
  close(): void {
    this.#closed = true
    this.#left(this.held)
  }

  /** Nothing in it is asynchronous where nothing slows the bytes down: what came together leaves together. */
  async #run(): Promise<void> {
    this.#running = true
    this.#free = performance.now()
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const wait = next.at - performance.now()
      if (wait > 0) await sleep(wait)
      next.action?.()
      if (next.bytes !== undefined && !this.#closed) {
        const slow = this.#pass(next.bytes)
        if (slow !== undefined) await slow
      }
      this.#queue.shift()
    }
    this.#running = false
  }

  #pass(bytes: Buffer): Promise<void> | undefined {
    const { trickle, bandwidth } = this.#pace()
    if (trickle > 0 || bandwidth > 0) return this.#passSlowly(bytes)
    const slow = this.#deliver(bytes)
    if (slow !== undefined) return slow.then(() => this.#left(bytes.length))
    this.#left(bytes.length)
    return undefined
  }

  /** The pace is looked at again for every piece: it can change on the way. */
  async #passSlowly(bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length && !this.#closed; ) {
      const { trickle, bandwidth } = this.#pace()
      const perByte = Math.max(trickle, bandwidth > 0 ? 1000 / bandwidth : 0)
      const most = trickle > 0 ? 1 : bandwidth > 0 ? Math.ceil((bandwidth * TICK) / 1000) : bytes.length
      const piece = bytes.subarray(offset, offset + most)
      // A piece takes its time before it is there.
      this.#free += piece.length * perByte
      const wait = this.#free - performance.now()
      if (wait >= 1) await sleep(wait)
      const slow = this.#deliver(piece)
      if (slow !== undefined) {
        await slow
        // What the receiver did not take in time is not made up for.
        this.#free = Math.max(this.#free, performance.now())
      }
      offset += piece.length
      this.#left(piece.length)
    }
  }

  #left(bytes: number): void {
    this.held = Math.max(0, this.held - bytes)
    if (this.held <= LIMIT) for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
