import type { Window } from './browsers.js'
import type { Order, Report } from './page/messages.js'
import type { Visit } from './record.js'

/** One tab of a world, whatever becomes of the pages in it. */
export class Tab {
  readonly name: string
  readonly topics: readonly string[]
  readonly visits: Visit[] = []
  window: Window | undefined
  /** For the page's next report. */
  orders: Order[] = []
  /** What its last report was answered with. */
  #given: Order[] = []
  /** Its page has been told to send no more, and does not. */
  silent = false
  #number = 0
  #waiting: { holds(): boolean; resolve(): void }[] = []

  constructor(name: string, topics: readonly string[]) {
    this.name = name
    this.topics = topics
  }

  /** The page that is in it now. */
  get visit(): Visit | undefined {
    return this.visits.at(-1)
  }

  /** @returns whether it was said before */
  report(report: Report): boolean {
    if (this.visit?.id !== report.visit) {
      // What the page before had to say at last nobody knows.
      if (this.visit) this.visit.over ??= 'loaded anew'
      this.visits.push({ id: report.visit, tab: this.name, topics: this.topics, items: [], sent: [] })
      this.#number = 0
    }
    const visit = this.visit
    // It was heard, but not answered in time.
    if (visit === undefined || report.number <= this.#number) return true
    this.#number = report.number
    this.silent = report.silent
    // One by one: a page that was away may have very many.
    for (const item of report.items) visit.items.push(item)
    for (const sent of report.sent) visit.sent[sent.number - 1] = sent
    if (report.explained !== undefined) visit.explained = report.explained
    return false
  }

  /**
   * What the page shall do, for the answer to its last report.
   * @param repeated the page never had the answer that this report was given before
   */
  take(repeated: boolean): Order[] {
    this.#given = [...(repeated ? this.#given : []), ...this.orders.splice(0)]
    return this.#given
  }

  /** Looks again at what somebody waits for. */
  check(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (one.holds()) one.resolve()
      else this.#waiting.push(one)
    }
  }

  /** @returns false where it was not so within so many ms */
  until(holds: () => boolean, ms: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== one)
        resolve(false)
      }, ms)
      const one = {
        holds,
        resolve: () => {
          clearTimeout(timer)
          resolve(true)
        },
      }
      this.#waiting.push(one)
    })
  }
}
