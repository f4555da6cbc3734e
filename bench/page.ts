import type { Open } from './contract.js'
import { Tally } from './events.js'

/** What a page tells the bench. Times in ms. */
export interface PageReport {
  readonly failure: string | undefined
  /** From the call that connects to the first event. */
  readonly first: number
  /** From asking for the burst to its last event. */
  readonly total: number
  /** From the burst's first event to its last. */
  readonly flow: number
  readonly checksum: number
}

/** How long the page rests before it connects, and again before it asks for a burst, in ms: its own loading is not measured. */
const REST = 100

/** Connects as the query says, measures, and posts a {@link PageReport} to the address in the query. */
export function runPage(open: Open): void {
  const query = new URLSearchParams(location.search)
  const count = Number(query.get('count'))
  const tally = new Tally()
  let began = 0
  let first = 0
  let asked = 0
  let flowing = 0

  function report(total: number, flow: number): void {
    const result: PageReport = { failure: tally.failure, first, total, flow, checksum: tally.checksum }
    navigator.sendBeacon(query.get('report') ?? '', JSON.stringify(result))
  }

  function receive(tick: unknown): void {
    if (first === 0) {
      first = performance.now() - began
      if (count === 0) report(0, 0)
      else setTimeout(pass, REST, ask)
      return
    }
    if (tally.count === 0) flowing = performance.now()
    tally.add(tick)
    if (tally.count === count) {
      const now = performance.now()
      report(now - asked, now - flowing)
    }
  }

  /** The bench reads the clocks of the processes before it answers. */
  async function pass(next: () => void): Promise<void> {
    await fetch(`${query.get('report')}/gate`, { method: 'POST', mode: 'no-cors' })
    next()
  }

  function ask(): void {
    asked = performance.now()
    void fetch(`/bench/burst?count=${count}`, { method: 'POST' })
  }

  function connect(): void {
    began = performance.now()
    open({ variant: query.get('variant') ?? '', start: query.get('start') ?? '', receive })
  }

  // In the next task after the load event, and when the page has come to rest.
  addEventListener('load', () => {
    if (count === 0) setTimeout(pass, REST, connect)
    else setTimeout(connect, REST)
  })
}
