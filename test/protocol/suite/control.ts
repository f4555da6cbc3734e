import { isRecord, NotChecked, Violation } from './violation.js'

/** What the suite may ask of the server under test beside the protocol: docs/protocol-suite.md. */
export type Offer = 'publish' | 'restart' | 'trim' | 'drain' | 'handled' | 'tokens' | 'topics' | 'sends'

/** One event to publish. */
export interface Publication {
  type: string
  data?: unknown
  bytes?: string
  topic?: string
  ephemeral?: boolean
}

/** The client of the control contract. */
export class Control {
  private constructor(
    readonly url: string | undefined,
    readonly facts: Record<string, unknown>,
    readonly offers: ReadonlySet<string>,
  ) {}

  /** Asks what is offered. Without a URL nothing is. */
  static async ask(url: string | undefined): Promise<Control> {
    if (url === undefined) return new Control(undefined, {}, new Set())
    const facts = await call(url, 'GET', '/')
    const offers = new Set<string>(Array.isArray(facts.offers) ? facts.offers : [])
    for (const fact of ['tokens', 'topics', 'sends']) if (facts[fact] === true) offers.add(fact)
    return new Control(url, facts, offers)
  }

  /** @throws {NotChecked} where the server does not offer it */
  need(offer: Offer): string {
    if (this.url === undefined || !this.offers.has(offer)) throw new NotChecked(`the control does not offer ${offer}`)
    return this.url
  }

  fact(name: string): number | undefined {
    const value = this.facts[name]
    return typeof value === 'number' ? value : undefined
  }

  /** Resolves to the ids, null for an event that has none. */
  async publish(...events: Publication[]): Promise<(string | null)[]> {
    const { ids } = await call(this.need('publish'), 'POST', '/publish', { events })
    if (!Array.isArray(ids)) throw new Error('the control must answer /publish with { ids }')
    return ids.map((id: unknown) => (typeof id === 'string' ? id : null))
  }

  async restart(): Promise<void> {
    await call(this.need('restart'), 'POST', '/restart', {})
  }

  async trim(): Promise<void> {
    await call(this.need('trim'), 'POST', '/trim', {})
  }

  async drain(window: number): Promise<void> {
    await call(this.need('drain'), 'POST', '/drain', { window })
  }

  /** What the handler was given so far, as `begin type data` and `end type data`, in order. */
  async handled(): Promise<string[]> {
    const { log } = await call(this.need('handled'), 'GET', '/handled')
    if (!Array.isArray(log)) throw new Error('the control must answer /handled with { log }')
    return log.filter(isRecord).map(({ at, type, data }) => `${at} ${type} ${JSON.stringify(data)}`)
  }
}

async function call(url: string, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' }
  const request: RequestInit = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
  const response = await fetch(url.replace(/\/$/, '') + path, { ...request, signal: AbortSignal.timeout(30_000) })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Violation(`the control refused ${method} ${path}: ${JSON.stringify(answer)}`)
  if (!isRecord(answer)) throw new Error(`the control must answer ${method} ${path} with a JSON object`)
  return answer
}
