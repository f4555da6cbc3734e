import type { Connection } from './connection.js'
import type { Limits } from './limits.js'
import { Refusal } from './refusal.js'

/** The least that clients take for a window, in ms (PROTOCOL.md, "ready"). */
const WINDOW_FLOOR = 50

/**
 * The ms over which so many come back without being too many at once. Those of half a second may come together, so that a
 * small site recovers immediately (docs/decisions/0006-herd.md).
 */
export function reconnectWindow(clients: number, perSecond: number): number {
  return Math.max(WINDOW_FLOOR, Math.ceil((clients * 1_000) / perSecond) - 500)
}

/** What wants to know that time goes by. */
export interface Ticking {
  /** Four times per heartbeat. */
  tick(): void
  /** The hub ends. */
  close(): void
}

/** All open carriers of a hub, and the one timer that they share. */
export class Connections implements Iterable<Connection> {
  readonly #limits: Limits
  readonly #period: number
  readonly #swept: () => void
  readonly #report: (error: unknown) => void
  /** All whose carrier is not closed yet, and how many of them were not ended. No client is in two sets: there may be many of them. */
  readonly #all = new Set<Connection>()
  #live = 0
  /** What else wants to know that time goes by. */
  readonly #others = new Set<Ticking>()
  readonly #principals = new Map<string, number>()
  readonly #empty: (() => void)[] = []
  #timer: ReturnType<typeof setInterval> | undefined
  /** The window that all were told last; since then each was told its own in `ready`. */
  #told = WINDOW_FLOOR

  /** @param swept called now and then, while the timer runs */
  constructor(limits: Limits, heartbeat: number, swept: () => void, report: (error: unknown) => void) {
    this.#limits = limits
    this.#period = Math.max(1, heartbeat / 4)
    this.#swept = swept
    this.#report = report
  }

  get size(): number {
    return this.#live
  }

  /** Those that can be written to. */
  *[Symbol.iterator](): Iterator<Connection> {
    for (const connection of this.#all) if (!connection.ended) yield connection
  }

  get reconnectWindow(): number {
    return reconnectWindow(this.#live, this.#limits.reconnectsPerSecond)
  }

  /** Ends all that goes on. */
  close(): void {
    for (const ticking of [...this.#all, ...this.#others]) ticking.close()
  }

  /** Cuts the carriers of those that were ended, and did not close. */
  cut(): void {
    for (const { carrier } of this.#all) carrier.destroy()
  }

  /**
   * Whether there is room for one more, and for one more of this principal.
   * @throws {Refusal} `unavailable` or `too-many`
   */
  check(principal?: string): void {
    if (this.#all.size >= this.#limits.connections)
      throw new Refusal('unavailable', 'This server has too many connections.', { retryAfter: 5_000 })
    if (principal !== undefined) this.checkPrincipal(principal)
  }

  /** @throws {Refusal} `too-many` */
  checkPrincipal(principal: string): void {
    if ((this.#principals.get(principal) ?? 0) >= this.#limits.connectionsPerPrincipal)
      throw new Refusal('too-many', 'Too many connections of one principal.', { retryAfter: 5_000 })
  }

  add(connection: Connection): void {
    this.#all.add(connection)
    this.#live += 1
    this.#start()
  }

  /** Nothing more is said to one of them, from now on. */
  ended(): void {
    this.#live -= 1
  }

  /** One that was ended has closed. */
  remove(connection: Connection): void {
    this.#all.delete(connection)
    this.#stop()
    if (this.#all.size === 0) for (const resolve of this.#empty.splice(0)) resolve()
  }

  /** Resolves when there is none, or after so many ms. */
  async empty(within?: number): Promise<void> {
    if (this.#all.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = within === undefined ? undefined : setTimeout(resolve, within)
      this.#empty.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /**
   * Counts a carrier of a principal, and no longer of the one before.
   * @throws {Refusal} `too-many`
   */
  enter(principal: string, before: string | undefined): void {
    if (principal === before) return
    // In total it counts already.
    this.checkPrincipal(principal)
    if (before !== undefined) this.leave(before)
    this.#principals.set(principal, (this.#principals.get(principal) ?? 0) + 1)
  }

  leave(principal: string): void {
    const count = this.#principals.get(principal) ?? 0
    if (count > 1) this.#principals.set(principal, count - 1)
    else this.#principals.delete(principal)
  }

  watch(ticking: Ticking): void {
    this.#others.add(ticking)
    this.#start()
  }

  unwatch(ticking: Ticking): void {
    this.#others.delete(ticking)
    this.#stop()
  }

  #start(): void {
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#tick(), this.#period)
    // A hub alone keeps no process alive. Elsewhere than in Node a timer is a number.
    if (typeof this.#timer === 'object') this.#timer.unref?.()
  }

  #stop(): void {
    if (this.#all.size + this.#others.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Who connected when there were few has been told too small a window, and would come back too soon. */
  #tellWindow(): void {
    const window = this.reconnectWindow
    if (window < this.#told * 2 && window > this.#told / 2) return
    this.#told = window
    for (const { authorization, pending, carrier } of this) {
      // Who has no `ready` yet is about to be told in it, and a long-poll is told in every answer.
      const settled = authorization !== undefined && pending === 0
      if (settled && carrier.transport !== 'long-poll') carrier.write(`retry: ${window}\n\n`)
    }
  }

  #tick(): void {
    this.#tellWindow()
    for (const connection of this.#all) this.#tell(connection)
    for (const ticking of this.#others) this.#tell(ticking)
    this.#swept()
  }

  #tell(ticking: Ticking): void {
    try {
      ticking.tick()
    } catch (error) {
      this.#report(error)
    }
  }
}
