import { randomBytes } from 'node:crypto'
import type { Principal } from './authorize.js'
import { History, type StoredEvent } from './history.js'
import { type Message, type Outcome, readSend, Client as SendingClient } from './sends.js'
import type { Speech } from './speech.js'
import { type Hello, Refusal, readMessage } from './wire.js'

/** Whoever hears the live feed: one carrier after its hello. */
export interface Carrier {
  write(text: string): void
  /** Says the error as the last block, and closes. */
  end(refusal: Refusal): void
}

interface Listener {
  topics: readonly string[]
  write(text: string): void
}

/** What a hello is answered with. */
export interface Welcome {
  text: string
  /** Whether there is more in it than the `ready`. */
  news: boolean
  topics: string[]
}

/** A name for what a server remembers of sends from now on. */
export function newEpoch(): string {
  return randomBytes(9).toString('base64url')
}

/** The one stream behind all carriers. Everything between reading the history and joining is synchronous: no seam. */
export class Stream {
  history: History = new History()
  clients = new Map<string, SendingClient>()
  /** The name of what `clients` knows. */
  epoch: string = newEpoch()
  readonly listeners = new Set<Listener>()
  draining = false
  /** What the handler was given, in order. */
  readonly log: { at: 'begin' | 'end'; type: string; data: unknown }[] = []

  constructor(readonly speech: Speech) {}

  allowsTopic(topic: string): boolean {
    return !topic.startsWith('suite-denied:')
  }

  allowsType(type: string): boolean {
    return /^[^\r\n\0]{1,256}$/u.test(type) && !type.startsWith('holdfast:')
  }

  hears(topics: readonly string[], event: StoredEvent): boolean {
    return event.topic === undefined || topics.includes(event.topic)
  }

  publish(type: string, data: string, topic: string | undefined, ephemeral: boolean): string | undefined {
    const event = ephemeral ? { sequence: 0, id: undefined, type, data, topic } : this.history.append(type, data, topic)
    for (const listener of this.listeners) {
      const text = this.hears(listener.topics, event) ? this.speech.event(event) : this.speech.moved(event)
      if (text !== '') listener.write(text)
    }
    return event.id
  }

  /** Where a hello's stream begins, and what it has missed. */
  resume(hello: Hello): { gap: boolean; missed: StoredEvent[]; position: string } {
    const present = this.history.position()
    if (this.speech.level === 1 || hello.cursor === undefined) return { gap: false, missed: [], position: present }
    const missed = this.history.after(hello.cursor)
    if (missed === undefined) return { gap: true, missed: [], position: present }
    return { gap: false, missed, position: hello.cursor }
  }

  /** A server about to stop takes nobody who is not there yet. */
  enter(): void {
    if (this.draining) throw new Refusal('unavailable', 'about to stop')
  }

  /** The `ready` of a hello, the outcomes that its client does not have, and what it missed. */
  welcome(hello: Hello, principal: Principal): Welcome {
    const topics = hello.topics.filter((topic) => this.allowsTopic(topic))
    const denied = hello.topics.filter((topic) => !this.allowsTopic(topic))
    const { results, ...known } = this.recall(hello, principal)
    const { gap, missed, position } = this.resume(hello)
    const data = {
      hello: hello.number,
      gap,
      ...known,
      principal: principal.tag,
      reconnect: 50,
      expires: principal.expires,
      denied,
    }
    const replay = missed.filter((event) => this.hears(topics, event)).map((event) => this.speech.event(event))
    const news = results + replay.join('')
    return { text: this.speech.ready(data, position) + news, news: news !== '', topics }
  }

  recall(hello: Hello, principal: Principal): { handled?: number | null; epoch?: string; results: string } {
    if (this.speech.level < 3 || hello.client === undefined) return { results: '' }
    const key = this.clientKey(principal, hello.client)
    const known = this.known(key, hello.unacknowledged)
    if (known === undefined) {
      this.takeIn(key, hello.unacknowledged, hello.next)
      return { handled: null, epoch: this.epoch, results: '' }
    }
    known.acknowledge(hello.unacknowledged)
    const outcomes = known.outcomes(hello.unacknowledged)
    const results = outcomes.map(([number, outcome]) => this.speech.result(number, outcome))
    return { handled: known.handled, epoch: this.epoch, results: results.join('') }
  }

  /** A client of which less is known here than it knows itself is not known. */
  known(key: string, unacknowledged: number): SendingClient | undefined {
    const known = this.clients.get(key)
    return known === undefined || known.handled < unacknowledged - 1 ? undefined : known
  }

  /** The client of a send that says `next`: one that is not known introduces itself by it. */
  introduce(key: string, unacknowledged: number, next: number): void {
    if (this.known(key, unacknowledged) === undefined) this.takeIn(key, unacknowledged, next)
  }

  /** Makes a client known. What it had transmitted before, others may have handled. */
  takeIn(key: string, unacknowledged: number, next: number): void {
    const client = new SendingClient(next)
    client.doubt(unacknowledged)
    this.clients.set(key, client)
  }

  sizeOf(text: string): number {
    return Buffer.byteLength(text)
  }

  clientKey(principal: Principal, client: string): string {
    return `${principal.tag} ${client}`
  }

  /** Joins the live feed, with heartbeats, until the authorization expires or the returned function is called. */
  join(topics: readonly string[], principal: Principal, carrier: Carrier): () => void {
    const listener: Listener = { topics, write: (text) => carrier.write(text) }
    this.listeners.add(listener)
    const beats = setInterval(() => carrier.write(this.speech.beat()), this.speech.heartbeat / 2)
    const expire = (): void => {
      leave()
      carrier.end(new Refusal('expired', 'the token is too old'))
    }
    const expiry = principal.expires === undefined ? undefined : setTimeout(expire, principal.expires)
    const leave = (): void => {
      clearInterval(beats)
      clearTimeout(expiry)
      this.listeners.delete(listener)
    }
    return leave
  }

  /** Takes a `send`, and gives the results one after the other; a pong if there are none. */
  send(text: string, principal: Principal): Promise<string>[] {
    if (this.sizeOf(text) > this.speech.limit) throw new Refusal('too-large', 'more than the limit')
    const { client, epoch, unacknowledged, next, messages } = readSend(readMessage(text))
    const key = this.clientKey(principal, client)
    if (messages.length > 0 && epoch !== undefined && epoch !== this.epoch)
      throw new Refusal('unknown-client', 'what this epoch knows is not what the numbers are of')
    if (next !== undefined) this.introduce(key, unacknowledged, next)
    if (messages.length === 0) return [Promise.resolve(this.speech.pong(this.epoch))]
    const known = this.clients.get(key)
    if (known === undefined) throw new Refusal('unknown-client', 'say hello with this client id first, or `next`')
    known.acknowledge(unacknowledged)
    const outcomes = messages.map((message) => known.take(message, (taken) => this.handle(taken)))
    return outcomes.map(async (outcome, index) => this.speech.result(messages[index]?.number ?? 0, await outcome))
  }

  /** The handler that the control contract asks for. */
  async handle({ type, data, bytes }: Message): Promise<Outcome> {
    this.log.push({ at: 'begin', type, data })
    if (type === 'slow') await new Promise((resolve) => setTimeout(resolve, 200))
    this.log.push({ at: 'end', type, data })
    if (type === 'fail') return { error: { code: 'no-luck', message: 'as you wished' } }
    return bytes === undefined ? { data } : { bytes }
  }
}
