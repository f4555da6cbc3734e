/** Where the application hears what goes wrong. */
export class Reports {
  #listeners: ((error: unknown) => void)[] = []
  /** What was reported. What it causes is no news: an outage would be reported for each event that it hinders. */
  readonly #known = new WeakSet<object>()

  /** Returns a function that removes the listener. */
  add(listener: (error: unknown) => void): () => void {
    const entry = (error: unknown) => listener(error)
    this.#listeners = [...this.#listeners, entry]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== entry)
    }
  }

  /** Never throws: what goes wrong with one client, or with a listener, must not reach the others. */
  report(error: unknown): void {
    if (error instanceof Error) {
      if (error.cause instanceof Error && this.#known.has(error.cause)) return
      this.#known.add(error)
    }
    if (this.#listeners.length === 0) console.error('holdfast:', error)
    for (const listener of this.#listeners) {
      try {
        listener(error)
      } catch (thrown) {
        console.error('holdfast: an onError listener threw', thrown)
      }
    }
  }
}
