/** A line with a length in ms: what goes in comes out that much later, in the order it went in. */
export class Line {
  readonly #delay: () => number
  readonly #queue: { at: number; action: () => void }[] = []

  constructor(delay: () => number) {
    this.#delay = delay
  }

  run(action: () => void): void {
    const at = performance.now() + this.#delay()
    if (this.#queue.length === 0 && this.#delay() === 0) {
      action()
      return
    }
    this.#queue.push({ at, action })
    // One timer at a time: two could fire in the wrong order when the delay changes between them.
    if (this.#queue.length === 1) this.#wait()
  }

  #wait(): void {
    const next = this.#queue[0]
    if (next === undefined) return
    setTimeout(
      () => {
        next.action()
        this.#queue.shift()
        this.#wait()
      },
      Math.max(0, next.at - performance.now()),
    )
  }
}
