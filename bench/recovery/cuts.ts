import { setTimeout as sleep } from 'node:timers/promises'
import type { Middlebox } from '../../test/support/middlebox.js'
import { startBox } from '../boxes.js'
import { now } from '../clock.js'
import type { Entrant } from '../entrant.js'
import type { Laboratory, Outcome } from '../lab.js'
import type { Value } from '../statistics.js'

/** Between two events, in ms. */
const INTERVAL = 10
/** Pages of each contender. Each is cut alone, as often as `CUTS` says. */
const PAGES = 4
const CUTS = 7
/** Between two cuts of one page, in ms: a connection that lives for less is no sound one, and clients rightly wait before the next. */
const PERIOD = 6_000
/** Before the first cut, and after the last one, in ms. */
const LEAD = 5_000
const TAIL = 6_000
/** For the last event to arrive, in ms. */
const REST = 1_000
const COUNT = (LEAD + CUTS * PERIOD + TAIL) / INTERVAL
/** How long a page may take for all of it, in ms: long enough for all others to be opened meanwhile. */
const TIMEOUT = 300_000

export const ALL_CUTS = PAGES * CUTS

/** How one contender came through its cuts. */
export interface Recovery {
  readonly entrant: Entrant
  /** For each cut, in ms: until the page heard the first event that was published after it. Undefined: it never did. */
  readonly times: readonly Value[]
  /** Events that pages never heard, and those that they heard again. */
  readonly lost: number
  readonly doubled: number
}

/** One page, with a proxy of its own. */
interface Line {
  readonly entrant: Entrant
  readonly box: Middlebox
  readonly outcome: Promise<Outcome | undefined>
  /** When it was cut, in ms since the epoch. */
  readonly cuts: number[]
}

/** Cuts the connections of all these contenders again and again, while events are published. All at the same time. */
export async function cutAgainAndAgain(laboratory: Laboratory, entrants: readonly Entrant[]): Promise<Recovery[]> {
  const lines: Line[] = []
  const over = Promise.withResolvers<void>()
  try {
    for (const entrant of entrants)
      for (let page = 0; page < PAGES; page += 1) lines.push(await open(laboratory, entrant, over.promise))
    // Each server once: it publishes to all of its pages.
    const servers = new Map(entrants.map((entrant) => [entrant.port, entrant]))
    for (const server of servers.values()) await laboratory.ask(server, 'steady', { count: COUNT, interval: INTERVAL })
    await cut(lines)
    for (const server of servers.values()) await published(laboratory, server)
    await sleep(REST)
    over.resolve()
    return await Promise.all(
      entrants.map((entrant) =>
        read(
          laboratory,
          entrant,
          lines.filter((line) => line.entrant === entrant),
        ),
      ),
    )
  } finally {
    over.resolve()
    // Who is still open would disturb what is measured next.
    await Promise.allSettled(lines.map(({ outcome }) => outcome))
    for (const { box } of lines) await box.close()
  }
}

/** Resolves when the page is connected. It reports when all is over. */
async function open(laboratory: Laboratory, entrant: Entrant, over: Promise<void>): Promise<Line> {
  const box = await startBox(entrant.port)
  const connected = Promise.withResolvers<void>()
  const port = Number(new URL(box.url).port)
  let passed = false
  const outcome = laboratory.run(
    { entrant, exercise: 'watch', count: COUNT, port, timeout: TIMEOUT, crowded: true },
    {
      async gate() {
        if (passed) await over
        passed = true
        connected.resolve()
      },
    },
  )
  outcome.catch(() => {}) // it is read at the end
  try {
    await Promise.race([connected.promise, outcome])
  } catch (error) {
    await box.close()
    throw error
  }
  return { entrant, box, outcome, cuts: [] }
}

/** The pages take turns, so that one comes back while the others are at rest. */
async function cut(lines: readonly Line[]): Promise<void> {
  const began = now()
  for (let round = 0; round < CUTS; round += 1) {
    for (const [index, { box, cuts }] of lines.entries()) {
      const due = began + LEAD + (round + index / lines.length) * PERIOD
      await sleep(Math.max(0, due - now()))
      cuts.push(now())
      box.kill('rst')
    }
  }
}

/** Resolves when all events have been: a timer of 10 ms takes longer now and then. */
async function published(laboratory: Laboratory, server: Entrant): Promise<void> {
  while ((await laboratory.publishedTimes(server)).length < COUNT) await sleep(REST)
}

/** @throws {Error} where Holdfast lost an event, or heard one twice */
async function read(laboratory: Laboratory, entrant: Entrant, lines: readonly Line[]): Promise<Recovery> {
  const outcomes = await Promise.all(lines.map(({ outcome }) => outcome))
  const moments = await laboratory.publishedTimes(entrant)
  const times: Value[] = []
  let lost = 0
  let doubled = 0
  for (const [index, { cuts }] of lines.entries()) {
    const outcome = outcomes[index]
    if (!outcome) throw new Error(`${entrant.name}: a page did not report`)
    const distinct = new Set(outcome.numbers).size
    lost += COUNT - distinct
    doubled += outcome.numbers.length - distinct
    for (const moment of cuts) {
      const next = outcome.numbers.findIndex((number) => (moments[number - 1] ?? 0) > moment)
      const time = outcome.times[next]
      times.push(time && time - moment)
    }
  }
  if (entrant.name.startsWith('Holdfast') && lost + doubled > 0)
    throw new Error(`${entrant.name}: ${lost} events lost and ${doubled} heard twice in ${ALL_CUTS} cuts`)
  return { entrant, times, lost, doubled }
}
