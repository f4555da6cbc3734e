/** A queue of tasks, one after the other. */
export interface Tasks {
  add(task: () => void): void
  /** Resolves when all that was added before has run. */
  done(): Promise<void>
  /** What has not run by then never does. */
  close(): void
}

/**
 * Each task in an own turn of the event loop, as the standard queues events: what a listener awaits goes on before the next
 * event comes. Timers would do too, but browsers let nested ones wait, and those of hidden pages.
 */
export function createTasks(): Tasks {
  const { port1, port2 } = new MessageChannel()
  let last = Promise.resolve()
  const turn = () =>
    new Promise<void>((resolve) => {
      port1.onmessage = () => resolve()
      port2.postMessage(null)
    })

  return {
    add(task) {
      last = last.then(turn).then(task)
    },
    done: () => last.then(turn),
    close: () => port1.close(),
  }
}
