import type { Cancel, Clock } from './clock.js'
import type { Random } from './random.js'

/** Where a task of a tab comes from: what a tab is in decides which of them run. */
export type Source = 'page' | 'timer' | 'network' | 'channel' | 'lock'

/**
 * `stopped`: nothing runs (SIGSTOP, a blocked page, a machine asleep). `frozen`: neither timers nor network. `cached`: in
 * the back/forward cache. `gone`: closed or crashed.
 */
export type Condition = 'running' | 'stopped' | 'frozen' | 'cached' | 'gone'

interface Timer {
  due: number
  readonly run: () => void
  cancel: Cancel
}

interface Task {
  readonly source: Source
  readonly run: () => void
}

/** One tab, as far as its browser schedules it: one task at a time, in an order of the browser's choice. */
export class Tab {
  condition: Condition = 'running'
  /** Timers of a hidden tab fire only at multiples of so many ms. */
  throttle = 0
  /** Whether a frozen tab is told of a lock that it was granted. */
  locksWhileFrozen = false
  /** Ends what the browser holds for the tab: `crashed` while it could not say good-bye. */
  readonly leave = new Set<(crashed: boolean) => void>()
  readonly clock: Clock
  readonly random: Random
  readonly name: string
  #backlog: Task[] = []
  #working = false
  readonly #timers = new Map<number, Timer>()
  #nextTimer = 1

  constructor(name: string, clock: Clock, random: Random) {
    this.name = name
    this.clock = clock
    this.random = random
  }

  /** Something for the tab to do, now if it can, else in its turn. */
  task(source: Source, run: () => void): void {
    if (this.condition === 'gone') return
    if (this.#runs(source) && !this.#backlog.some((task) => this.#runs(task.source))) run()
    else this.#backlog.push({ source, run })
  }

  setTimeout(run: () => void, delay: number): number {
    const id = this.#nextTimer++
    const timer: Timer = { due: this.clock.now + Math.max(delay || 0, 0), run, cancel: () => {} }
    this.#timers.set(id, timer)
    this.#arm(id, timer)
    return id
  }
  clearTimeout(id: unknown): void {
    if (typeof id !== 'number') return
    this.#timers.get(id)?.cancel()
    this.#timers.delete(id)
  }

  hide(throttle: number): void {
    this.throttle = throttle
    for (const [id, timer] of this.#timers) this.#arm(id, timer)
  }
  /** The clock that timers go by stood still for so long. */
  postpone(ms: number): void {
    for (const [id, timer] of this.#timers) {
      timer.due += ms
      this.#arm(id, timer)
    }
  }

  suspend(condition: 'stopped' | 'frozen' | 'cached'): void {
    if (this.condition !== 'gone') this.condition = condition
  }
  /** Goes on; `first` says what of all that has queued up comes first. */
  resume(first: Source | undefined): void {
    if (this.condition === 'gone') return
    this.condition = 'running'
    const rank = ({ source }: Task) => +(source !== first)
    this.#backlog.sort((one, other) => rank(one) - rank(other))
    this.#work()
  }
  end(crashed: boolean): void {
    if (this.condition === 'gone') return
    this.condition = 'gone'
    this.#backlog = []
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    for (const leave of this.leave) leave(crashed)
  }

  #arm(id: number, timer: Timer): void {
    timer.cancel()
    const { throttle } = this
    // Those that were due earlier fire earlier then, too.
    const due = throttle ? Math.ceil(timer.due / throttle) * throttle + timer.due / 1e9 : timer.due
    timer.cancel = this.clock.at(due, () =>
      this.task('timer', () => {
        // It may have been cleared while the task waited.
        if (this.#timers.delete(id)) timer.run()
      }),
    )
  }

  #runs(source: Source): boolean {
    if (this.condition === 'frozen') return source === 'channel' || (source === 'lock' && this.locksWhileFrozen)
    return this.condition === 'running'
  }

  /** Works off what has queued up, one task at a time; what comes meanwhile stands in line behind it. */
  #work(): void {
    if (this.#working) return
    this.#working = true
    this.clock.after(this.random.between(0, 0.1), () => {
      this.#working = false
      const index = this.#backlog.findIndex(({ source }) => this.#runs(source))
      if (index < 0) return
      const [task] = this.#backlog.splice(index, 1)
      task?.run()
      this.#work()
    })
  }
}
