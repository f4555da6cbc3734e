import {
  type Connection,
  type ConnectOptions,
  connect,
  type HeadersContext,
  type HoldfastError,
  websocket,
} from '../../../src/index.js'
import type { OpenTab } from './browser.js'
import type { Clock } from './clock.js'
import type { Hub } from './hub.js'

/** What a page heard, in its order. */
export type Heard = { readonly at: number } & (
  | { kind: 'event'; id: string | undefined; number: number; topic: string | undefined; to: string | undefined }
  | { kind: 'gap'; position: string | undefined; reason: string }
)

export interface Sent {
  readonly at: number
  readonly key: string
  outcome: 'pending' | 'resolved' | string
}

export interface VisitOptions {
  readonly name: string
  readonly user: string
  /** Whether the user is said in a header; else the browser's cookie says it. */
  readonly header: boolean
  readonly identity: string | null
  /** Asked for headers after a refusal it has others; else it has always the same. */
  readonly renews: boolean
  readonly topics: readonly string[]
  readonly lastEventId: string | undefined
  /** What the test gives beside it: `share`. */
  readonly more: ConnectOptions
}

interface News {
  number: number
  topic?: string
  to?: string
}

/** One connection of one page, from `connect` to its end, and everything that it told the page. */
export class Visit {
  readonly heard: Heard[] = []
  readonly sent: Sent[] = []
  readonly errors: HoldfastError[] = []
  /** Every change of the topics, and when. */
  readonly topicChanges: { at: number; topic: string; on: boolean }[] = []
  readonly wanted = new Map<string, () => void>()
  /** From where on it hears: where it was when it was open first. */
  joined: string | undefined
  /** The page closed it, or is gone. */
  over = false
  /** The page went away, and may be back. */
  left = false
  readonly since: number
  #tokens = 1
  readonly connection: Connection<{ news: News }>
  readonly options: VisitOptions
  readonly opened: OpenTab
  readonly #clock: Clock

  constructor(clock: Clock, opened: OpenTab, options: VisitOptions) {
    this.#clock = clock
    this.since = clock.now
    this.opened = opened
    this.options = options
    const { header, renews, lastEventId, more } = options
    this.joined = lastEventId
    const connection = connect<{ news: News }>('/live', {
      transports: [websocket()],
      headers: header ? (renews ? this.#headers : { authorization: this.token }) : undefined,
      lastEventId,
      reconnect: { maxDelay: 3_000 },
      ...more,
      env: opened.env,
    })
    this.connection = connection
    for (const topic of options.topics) this.wanted.set(topic, connection.subscribe(topic))
    connection.opened.catch(() => {})
    connection.onStateChange(({ status, lastEventId }) => {
      if (status === 'open') this.joined ??= lastEventId ?? 'nowhere'
    })
    connection.on('news', ({ id, data }) => {
      this.heard.push({ at: clock.now, kind: 'event', id, number: data.number, topic: data.topic, to: data.to })
    })
    connection.onGap(({ position, reason }) => this.heard.push({ at: clock.now, kind: 'gap', position, reason }))
    connection.onError((error) => this.errors.push(error))
  }

  /** Names the user first. */
  get token(): string {
    return `${this.options.user} ${this.options.name} ${this.#tokens}`
  }
  /** The server takes its token no more, and it has no other. */
  refused(hub: Hub): boolean {
    return this.connection.state.reason === 'refused' && hub.revoked.has(this.token)
  }
  readonly #headers = ({ refused }: HeadersContext): Promise<HeadersInit> =>
    new Promise((resolve) => {
      if (refused) this.#tokens++
      const { tab } = this.opened
      tab.clock.after(20, () => tab.task('network', () => resolve({ authorization: this.token })))
    })

  subscribe(topic: string): void {
    if (this.wanted.has(topic)) return
    this.wanted.set(topic, this.connection.subscribe(topic))
    this.topicChanges.push({ at: this.#clock.now, topic, on: true })
  }
  unsubscribe(topic: string): void {
    this.wanted.get(topic)?.()
    if (this.wanted.delete(topic)) this.topicChanges.push({ at: this.#clock.now, topic, on: false })
  }

  send(): void {
    const sent: Sent = {
      at: this.#clock.now,
      key: `${this.options.name} says ${this.sent.length + 1}`,
      outcome: 'pending',
    }
    this.sent.push(sent)
    this.connection.send('chat', { key: sent.key }).then(
      (reply) => {
        sent.outcome = JSON.stringify(reply) === JSON.stringify({ key: sent.key }) ? 'resolved' : 'wrong reply'
      },
      (error) => {
        sent.outcome = `${error.code ?? error}`
      },
    )
  }

  close(): void {
    this.over = true
    this.connection.close()
  }
}
