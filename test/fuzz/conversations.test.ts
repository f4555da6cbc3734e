import { once } from 'node:events'
import { createServer } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createHub } from '../../src/server/index.js'
import { type Block, readBlocks } from '../unit/server/blocks.js'
import { alwaysInTime, patience, seed } from './fuzz.js'

const CLIENTS = ['first-client-----', 'second-client----']
const limits = { controlsPerSecond: 1e6, sendsPerSecond: 1e6 }

/** One step of somebody who knows the protocol's words, and not always its grammar. */
type Step =
  | { kind: 'connect'; hello: 'frame' | 'query'; client: number }
  | { kind: 'hello'; number: 'next' | 'again'; client: number | 'none'; unacknowledged: number; next: number }
  | { kind: 'send'; client: number; numbers: number[]; next: number | undefined; unacknowledged: number }
  | { kind: 'ping' }
  | { kind: 'garbage'; text: string }
  | { kind: 'leave' }
  | { kind: 'publish' }

const client = fc.nat(CLIENTS.length - 1)
const number = fc.integer({ min: 1, max: 8 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('connect'), hello: fc.constantFrom('frame', 'query'), client }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('hello'),
      number: fc.constantFrom('next', 'next', 'next', 'again'),
      client: fc.oneof(client, fc.constant('none')),
      unacknowledged: number,
      next: number,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send'),
      client,
      // Most often those that come next; at times any.
      numbers: fc.oneof(
        fc.tuple(number, fc.nat(3)).map(([first, more]) => Array.from({ length: more }, (_, index) => first + index)),
        fc.array(number, { maxLength: 4 }),
      ),
      next: fc.option(number, { nil: undefined }),
      unacknowledged: number,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ping') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('garbage'), text: fc.json() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('publish') }) },
)

/** A WebSocket to a hub in this process, without a network. */
class Talk {
  readonly socket: WebSocket
  text = ''
  hellos: number[] = []
  sent: { client: number; numbers: number[] }[] = []
  pings = 0
  closed: number | undefined
  readonly #opened: Promise<unknown>

  constructor(connection: Duplex, query: string) {
    // The side of a pair is all of a socket that `ws` needs.
    const options = { createConnection: () => connection as never, perMessageDeflate: false }
    this.socket = new WebSocket(`ws://hub/live${query}`, options)
    this.socket.on('error', () => {})
    this.socket.on('message', (data) => {
      this.text += String(data)
    })
    this.socket.on('close', (code) => {
      this.closed = code
    })
    this.#opened = once(this.socket, 'open')
  }

  get blocks(): Block[] {
    return readBlocks(this.text)
  }

  async say(what: unknown): Promise<void> {
    await this.#opened
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(typeof what === 'string' ? what : JSON.stringify(what))
  }

  async leaves(): Promise<void> {
    await this.#opened
    this.socket.close()
  }

  /** Resolves when all that was said so far is dealt with, or the connection is over. */
  async settles(): Promise<void> {
    await this.say('{"holdfast":"ping"}')
    this.pings += 1
    const pongs = () => this.blocks.filter(({ event }) => event === 'holdfast:pong').length
    while (this.closed === undefined && pongs() < this.pings) await turn()
    for (let count = 0; count < 10; count += 1) await turn()
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function play(steps: readonly Step[]): Promise<void> {
  const hub = createHub({ limits })
  const errors: unknown[] = []
  const handled: string[] = []
  hub.onError((error) => errors.push(error))
  hub.onMessage(async ({ number }, { id }) => {
    handled.push(`${id}:${number}`)
    await turn()
    return number
  })
  const server = createServer()
  hub.attach(server)
  const talks: Talk[] = []
  const sides: Duplex[] = []
  const connect = (query: string) => {
    const [ours, theirs] = duplexPair()
    server.emit('connection', theirs)
    sides.push(theirs)
    const talk = new Talk(ours, query)
    talks.push(talk)
    return talk
  }
  const witness = connect('')
  witness.hellos.push(1)
  while (!witness.text.includes('holdfast:ready')) await turn()
  let talk = witness
  let published = 0

  for (const step of steps) {
    const { kind } = step
    if (kind === 'publish') hub.publish('tick', (published += 1))
    if (kind === 'connect') {
      const query = step.hello === 'query'
      talk = connect(query ? `?client=${CLIENTS[step.client]}` : '?hello=frame')
      if (query) talk.hellos.push(1)
    }
    // The first one only listens.
    if (talk === witness) continue
    if (kind === 'hello') {
      const last = talk.hellos.at(-1) ?? 0
      const hello = step.number === 'next' ? last + 1 : Math.max(1, last)
      if (hello > last) talk.hellos.push(hello)
      const { unacknowledged, next } = step
      const client = step.client === 'none' ? undefined : CLIENTS[step.client]
      await talk.say({ holdfast: 'hello', version: 1, hello, client, unacknowledged, next })
    }
    if (kind === 'send') {
      const { client, numbers, next, unacknowledged } = step
      const messages = numbers.map((number) => ({ number, type: 'note' }))
      if (numbers.length === 0) talk.pings += 1
      else talk.sent.push({ client, numbers })
      await talk.say({ holdfast: 'send', client: CLIENTS[client], unacknowledged, next, messages })
    }
    if (kind === 'ping') {
      talk.pings += 1
      await talk.say({ holdfast: 'ping' })
    }
    if (kind === 'garbage') await talk.say(step.text)
    if (kind === 'leave') await talk.leaves()
  }
  for (const talk of talks) await talk.settles()

  expect(errors).toEqual([])
  // Each number of each client is handled at most once, and in order.
  expect(new Set(handled).size).toBe(handled.length)
  for (const client of CLIENTS) {
    const numbers = handled.filter((key) => key.startsWith(client)).map((key) => Number(key.split(':')[1]))
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  }
  for (const talk of talks) check(talk)
  // Whatever the others did, who only listens has heard everything.
  expect(witness.blocks.filter(({ event }) => event === 'tick').map(({ data }) => data)).toEqual(
    Array.from({ length: published }, (_, index) => index + 1),
  )
  // One side of a pair does not hear that the other is destroyed.
  for (const side of sides) side.destroy()
  await hub.close()
}

/** What one connection was told makes sense by itself. */
function check({ blocks, hellos, sent, closed }: Talk): void {
  const events = blocks.map(({ event }) => event)
  expect(events[0]).toBe('holdfast:open')
  const readies = blocks.filter(({ event }) => event === 'holdfast:ready').map(({ data }) => Object(data).hello)
  const failed = events.indexOf('holdfast:error')
  // Hellos are answered in turn, all of them unless the connection ended.
  expect(readies).toEqual(hellos.slice(0, readies.length))
  if (failed >= 0) {
    expect(failed).toBe(events.length - 1)
    expect([1008, 1009]).toContain(closed)
  } else if (closed === undefined) {
    if (hellos.length > 0) expect(readies.length).toBe(hellos.length)
    // So is every send that was not refused.
    const told = new Set(
      blocks.filter(({ event }) => event === 'holdfast:result').map(({ data }) => Object(data).number),
    )
    for (const { numbers } of sent) for (const number of numbers) expect(told).toContain(number)
  }
  expect(events.indexOf('tick') < 0 || events.indexOf('holdfast:ready') < events.indexOf('tick')).toBe(true)
}

describe(`whatever is said to a hub, and in whatever order (seed ${seed})`, () => {
  test(
    'no send is handled twice, every hello is answered, nothing follows the end, and nobody else hears of it',
    () => alwaysInTime(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 40, size: 'max' }), play), 150),
    patience,
  )

  test('who says that it knows more than it has sent does not begin anew', async () => {
    const send: Step = { kind: 'send', client: 0, numbers: [1], next: undefined, unacknowledged: 1 }
    await play([
      { kind: 'connect', hello: 'query', client: 0 },
      send,
      { kind: 'hello', number: 'next', client: 0, unacknowledged: 3, next: 1 },
      send,
    ])
  })
})
