import { expect, type TestContext } from 'vitest'
import type { TransportName } from '../../flow/scenarios/recorder.js'
import type { BrowserName } from '../../support/browsers.mjs'
import { startTestServer, type TestServer, type TestServerOptions } from '../../support/server.js'
import { insecureHost, type Tab } from '../engines.js'
import { type Diary, faultsIn, type Member, memberOf, open, until } from './member.js'
import { pageProcesses } from './processes.js'

// A group is some tabs of one browser that share one connection to a server of their own.

export interface Place<Kind extends Tab = Tab> {
  readonly name: BrowserName
  newTab(): Promise<Kind>
}

/** What a tab is given in its URL. */
export interface Settings {
  transport: TransportName
  identity?: string
  /** Default: none, and what the page's cookie says. */
  token?: string
  /** Default: the group's own server. */
  url?: string
  plain?: true
}

export interface GroupOptions extends Settings {
  /** The pages come from a host that is no secure context: there are no Web Locks. */
  insecure?: boolean
  server?: TestServerOptions
}

/** Milliseconds between two published events, and between two sends of one tab. */
const EVENT_EVERY = 5
const SEND_EVERY = 40

export class Group<Kind extends Tab = Tab> {
  readonly server: TestServer
  /** The tabs that are alive. */
  members: Member<Kind>[] = []
  readonly #place: Place<Kind>
  readonly #options: GroupOptions
  readonly #context: TestContext
  #published = 0
  #publishing: NodeJS.Timeout | undefined

  static async open<Kind extends Tab>(
    context: TestContext,
    place: Place<Kind>,
    options: GroupOptions,
    size = 0,
  ): Promise<Group<Kind>> {
    const server = await startTestServer({ pages: true, ...options.server })
    const group = new Group(context, place, options, server)
    context.onTestFinished(() => server.close())
    // The first one leads.
    for (let number = 1; number <= size; number++) await group.join(`tab${number}`)
    return group
  }

  constructor(context: TestContext, place: Place<Kind>, options: GroupOptions, server: TestServer) {
    this.#context = context
    this.#place = place
    this.#options = options
    this.server = server
  }

  get home(): string {
    const { origin } = new URL(this.server.url)
    return this.#options.insecure ? origin.replace('127.0.0.1', insecureHost) : origin
  }

  /** A page that shares nothing. */
  get elsewhere(): string {
    return `${this.home}/elsewhere.html`
  }

  addressOf(name: string, settings: Partial<Settings> = {}): string {
    const { insecure, server, ...rest } = { ...this.#options, name, ...settings }
    return `${this.home}/sharing.html?settings=${encodeURIComponent(JSON.stringify(rest))}`
  }

  /** Opens one more tab, and waits until events can flow to it. */
  async join(name: string, settings?: Partial<Settings>): Promise<Member<Kind>> {
    const member = await oneByOne(() => this.#openTab(this.addressOf(name, settings), name))
    await open(member)
    return member
  }

  /** The same, with the process that runs it alone. */
  async joinWithProcess(name: string): Promise<[Member<Kind>, number]> {
    const [member, process] = await oneByOne(async () => {
      const before = pageProcesses(this.#place.name)
      const member = await this.#openTab(this.addressOf(name), name)
      // A page may have begun in another process, which ends now.
      const process = await until(() => {
        const added = pageProcesses(this.#place.name).filter((id) => !before.includes(id))
        expect(added, 'processes of a new tab').toHaveLength(1)
        return added[0] ?? 0
      })
      return [member, process] as const
    })
    await open(member)
    return [member, process]
  }

  async #openTab(address: string, name: string): Promise<Member<Kind>> {
    const tab = await this.#place.newTab()
    this.#context.onTestFinished(async () => {
      // Some tests are about its being gone.
      if (this.members.some((member) => member.tab === tab)) await tab.close().catch(() => {})
    })
    await tab.goto(address)
    const member = memberOf(name, tab)
    this.members.push(member)
    return member
  }

  /** A frame or worker that belongs to a tab. */
  async joinWithin(host: Member<Kind>, kind: string, name: string): Promise<Member<Kind>> {
    await host.ask('open', kind, name)
    const member = memberOf(name, host.tab, 'ask', name)
    this.members.push(member)
    await open(member)
    return member
  }

  /** It is gone, or will be. */
  forget(...gone: Member<Kind>[]): void {
    this.members = this.members.filter((member) => !gone.includes(member))
  }

  async leader(): Promise<Member<Kind>> {
    return until(async () => {
      const all = await Promise.all(this.members.map((member) => member.summary()))
      const roles = all.map(({ role, why }) => (role === 'leader' || role === 'follower' ? role : `${role}: ${why}`))
      expect(roles.toSorted()).toEqual([...roles.slice(1).fill('follower'), 'leader'])
      return this.members[roles.indexOf('leader')] as Member<Kind>
    })
  }

  /** From now on the server publishes, and every tab sends, without a pause. */
  async traffic(): Promise<void> {
    this.publishSteadily()
    await Promise.all(this.members.map((member) => member.ask('sendSteadily', SEND_EVERY)))
    await this.progress()
    // That of a message which is the first of its sender is a test of its own.
    for (const member of this.members)
      await until(async () => expect((await member.summary()).confirmed).toBeGreaterThan(0))
  }

  publishSteadily(): void {
    this.#publishing = setInterval(() => this.server.publish('number', ++this.#published), EVENT_EVERY)
    this.#context.onTestFinished(() => clearInterval(this.#publishing))
  }

  /** Returns the last number that was published. */
  stopPublishing(): number {
    clearInterval(this.#publishing)
    return this.#published
  }

  /** All who are alive, or these, hear what is published from now on. */
  async progress(members = this.members): Promise<void> {
    const now = this.#published
    for (const member of members) await until(async () => expect((await member.summary()).last).toBeGreaterThan(now))
  }

  carriers(): number {
    const { websocket, sse, poll } = this.server.counts()
    return websocket + sse + poll
  }

  /**
   * Ends the traffic, and compares: every tab has heard all that was published, from the first event on or, `late`, from the
   * first that it has heard; the server has what each has sent; there is one connection.
   */
  async expectOneStream(...late: Member<Kind>[]): Promise<Diary[]> {
    for (const member of this.members) await member.ask('stopSending')
    const last = this.stopPublishing()
    for (const member of this.members) {
      await until(async () => expect(await member.summary()).toMatchObject({ last, unconfirmed: 0, status: 'open' }))
    }
    await this.leader()
    await until(() => expect(this.carriers()).toBe(1))
    const diaries = await Promise.all(this.members.map((member) => member.diary()))
    for (const [index, { numbers, gaps, failed }] of diaries.entries()) {
      const { name } = this.members[index] as Member<Kind>
      const first = late.includes(this.members[index] as Member<Kind>) ? (numbers[0] ?? last) : 1
      expect(faultsIn(numbers, first, last), `events heard by ${name}`).toEqual([])
      expect({ gaps, failed }, name).toEqual({ gaps: [], failed: [] })
    }
    this.expectSendsOf(diaries)
    return diaries
  }

  /** The server has what each has sent, once and in order; of a tab that is gone, it may have less. */
  expectSendsOf(diaries: readonly Diary[]): void {
    const words = this.server.messages().filter(({ type }) => type === 'word')
    const handled = Map.groupBy(words, ({ data }) => String(data).replace(/\.\d+$/, ''))
    for (const [run, messages] of handled) {
      const numbers = messages.map(({ data }) => Number(String(data).split('.').at(-1)))
      const sent = diaries.find((diary) => diary.run === run)?.sent ?? numbers.length
      expect(faultsIn(numbers, 1, sent), `sends of ${run} handled`).toEqual([])
    }
    for (const { run, sent } of diaries) if (sent > 0) expect(handled.has(run), run).toBe(true)
  }
}

let opening: Promise<unknown> = Promise.resolve()

/** Opens tabs one after the other, also where tests run at once: which process is whose is told by its coming up. */
function oneByOne<Result>(action: () => Promise<Result>): Promise<Result> {
  const result = opening.then(action, action)
  opening = result
  return result
}
