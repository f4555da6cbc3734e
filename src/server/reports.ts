/** Where the application hears what goes wrong. */
export class Reports {
  #listeners: ((error: unknown) => void)[] = []

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
