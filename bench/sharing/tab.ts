import { type ConnectionState, connect, tabs, websocket } from '../../src/index.js'
import { Tally, type Tick } from '../events.js'

/** What a tab tells the bench. */
export type TabReport =
  /** It is connected. `connect`: how long that took, in ms. */
  | { readonly kind: 'ready'; readonly role: string | undefined; readonly connect: number }
  /** One part of the stream is over. `times`: when its events came, in ms since the epoch. */
  | {
      readonly kind: 'steady' | 'burst'
      readonly failure: string | undefined
      readonly checksum: number
      readonly times: readonly number[]
    }

/** How long the page rests when it has loaded, and again before it connects, in ms. */
const REST = 100
/** How long it keeps its process busy in between, in ms. */
const MARK = 200

/** Connects as the query says, counts, and posts a {@link TabReport} of each thing to the address in the query. */
export function runTab(): void {
  const query = new URLSearchParams(location.search)
  const counts = { steady: Number(query.get('steady')), burst: Number(query.get('burst')) }
  /** Comparable between the processes of one machine. */
  const now = () => performance.timeOrigin + performance.now()

  let part: keyof typeof counts = 'steady'
  let tally = new Tally()
  let times: number[] = []

  function report(content: TabReport): void {
    void fetch(query.get('report') ?? '', { method: 'POST', mode: 'no-cors', body: JSON.stringify(content) })
  }

  function receive(tick: Tick): void {
    tally.add(tick)
    const ended = tally.count === counts[part]
    // Reading the clock for each event of a burst would be a part of its cost.
    if (part === 'steady' || ended) times.push(now())
    if (!ended) return
    report({ kind: part, failure: tally.failure, checksum: tally.checksum, times })
    part = 'burst'
    tally = new Tally()
    times = []
  }

  function start(): void {
    const began = now()
    const share = query.has('share') ? tabs({ identity: null }) : undefined
    const live = connect<{ tick: Tick }>('/live', { transports: [websocket()], share })
    live.on('tick', ({ data }) => receive(data))
    const awaitOpen = ({ status, role }: ConnectionState) => {
      if (status !== 'open') return
      stop()
      report({ kind: 'ready', role, connect: now() - began })
    }
    const stop = live.onStateChange(awaitOpen)
  }

  /** The bench reads the clocks of the processes before it answers: then it sees which one is this page's. */
  async function mark(): Promise<void> {
    await fetch(`${query.get('report')}/gate`, { method: 'POST', mode: 'no-cors' })
    for (const end = now() + MARK; now() < end; );
    setTimeout(start, REST)
  }

  addEventListener('load', () => setTimeout(mark, REST))
}
