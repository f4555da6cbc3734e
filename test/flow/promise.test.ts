import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Connection, connect, longPoll, sse, type Transport, websocket } from '../../src/index.js'
import { createHub, type History, type Hub, type Ledger, memoryHistory, memoryLedger } from '../../src/server/index.js'
import { Middlebox } from '../support/middlebox.js'

/** A small seeded generator (mulberry32): the seed in the test's name reproduces the run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A ledger that tells what of the client it sees, and is a memory ledger otherwise. */
class WatchedLedger {
  /** How often a message came again after it had been handed out. */
  repeats = 0
  readonly ledger: Ledger
  readonly #claimed = new Set<number>()
  #hello = Promise.withResolvers<void>()
  #sends = Promise.withResolvers<void>()

  constructor() {
    const ledger = memoryLedger()
    this.ledger = {
      ...ledger,
      open: (...asked) => {
        this.#hello.resolve()
        this.#hello = Promise.withResolvers()
        return ledger.open(...asked)
      },
      // The hub says this of every frame of sends, before it handles one of them.
      acknowledge: (...asked) => {
        this.#sends.resolve()
        this.#sends = Promise.withResolvers()
        return ledger.acknowledge(...asked)
      },
      claim: (client, number) => {
        if (this.#claimed.has(number)) this.repeats++
        this.#claimed.add(number)
        return ledger.claim(client, number)
      },
    }
  }

  /** The client has connected again, and has sent again what had no outcome then. */
  async resent(): Promise<void> {
    await this.#hello.promise
    await this.#sends.promise
  }
}

interface Place {
  readonly hub: Hub
  readonly middlebox: Middlebox
  readonly watched: WatchedLedger
}

/** Takes a moment to read, as a database does, so that joins and publishing overlap. */
function slowHistory(): History {
  const history = memoryHistory()
  return {
    ...history,
    async read(...asked) {
      const page = await history.read(...asked)
      await new Promise((resolve) => setTimeout(resolve, 2))
      return page
    },
  }
}

async function startPlace(): Promise<Place> {
  const watched = new WatchedLedger()
  const hub = createHub({ history: slowHistory(), ledger: watched.ledger })
  const server: Server = createServer((_, response) => response.writeHead(404).end())
  hub.attach(server, { path: '/live' })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const middlebox = new Middlebox(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await middlebox.up()
  onTestFinished(async () => {
    await middlebox.close()
    await hub.close()
    server.closeAllConnections()
    server.close()
  })
  return { hub, middlebox, watched }
}

function open(live: Connection): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (live.state.status === 'open') resolve()
    }
    live.onStateChange(check)
    check()
  })
}

/** A run takes less than half a second. One that takes so many ms has lost something. */
const patience = 5_000

/** Waits for `run`, and says what is missing where it does not end, or the connection does before. */
async function inTime(run: Promise<void>, live: Connection, missing: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`not done after ${patience} ms, ${live.state.status}`), patience)
  })
  const closed = live.closed.then((reason) => `closed (${reason}, ${live.state.error?.message})`)
  const why = await Promise.race([run, late, closed]).finally(() => clearTimeout(timer))
  if (why) throw new Error(`${why}: ${missing()}\n${live.explain()}`)
}

const transports: Record<string, () => Transport[]> = {
  websocket: () => [websocket()],
  sse: () => [sse()],
  'long-poll': () => [longPoll()],
  'all three': () => [websocket(), sse(), longPoll()],
}

const count = 400
const numbers = Array.from({ length: count }, (_, index) => index + 1)
/** Every fourth number is sent too. */
const said = numbers.filter((number) => number % 4 === 0)

describe.each(Object.entries(transports))('%s', (_name, create) => {
  test.each([1, 2, 3])('once and in order across cuts, sends handled once (seed %i)', async (seed) => {
    const { hub, middlebox, watched } = await startPlace()
    const handled: unknown[] = []
    const fate = seeded(-seed)
    hub.onMessage(async ({ data }) => {
      handled.push(data)
      if (fate() < 0.2) {
        middlebox.kill(fate() < 0.5 ? 'rst' : 'fin')
        // Half of the answers are there when the client is back; the others only when it has sent the same again.
        if (fate() < 0.5) await watched.resent()
      }
      return data
    })

    const random = seeded(seed)
    const live = connect(`${middlebox.url}/live`, { transports: create(), reconnect: { minDelay: 5, maxDelay: 20 } })
    onTestFinished(() => live.close())
    const gaps: unknown[] = []
    live.onGap((gap) => gaps.push(gap))
    const heard: unknown[] = []
    const allHeard = Promise.withResolvers<void>()
    live.on('count', ({ data }) => {
      heard.push(data)
      if (data === count) allHeard.resolve()
    })
    const answers = new Map<number, unknown>()
    const send = async (number: number) => {
      answers.set(number, await live.send('say', number).catch((error: unknown) => error))
    }

    const run = async () => {
      await live.opened
      const sends: Promise<void>[] = []
      for (const number of numbers) {
        await hub.publish('count', number)
        if (said.includes(number)) sends.push(send(number))
        if (random() < 0.05) {
          // Half of the cuts meet an open connection, the others whatever there is.
          if (random() < 0.5) await open(live)
          middlebox.kill(random() < 0.5 ? 'rst' : 'fin')
        }
        // Publishing spreads over many turns of the event loop, so that cuts meet every stage of a connect.
        if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
        if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve, 0))
      }
      await allHeard.promise
      await Promise.all(sends)
    }
    await inTime(run(), live, () => {
      const unanswered = said.filter((number) => !answers.has(number))
      const first = unanswered.length > 0 ? `, the first is ${unanswered[0]}` : ''
      return `seed ${seed}, ${heard.length} of ${count} events heard, ${unanswered.length} sends without an answer${first}`
    })

    expect(heard).toEqual(numbers)
    expect(gaps).toEqual([])
    expect(handled).toEqual(said)
    expect([...answers].sort(([one], [other]) => one - other)).toEqual(said.map((number) => [number, number]))
    // The run proves something only if there were breaks, and messages that came again.
    expect(live.explain().attempts.length).toBeGreaterThan(5)
    expect(watched.repeats).toBeGreaterThan(20)
  })
})
