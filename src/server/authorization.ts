import type { TransportName } from './carrier.js'
import type { Hello } from './hello.js'
import { Refusal } from './refusal.js'

/** What `authorize` is asked: the same, whichever transport brought it. */
export interface AuthorizeRequest {
  /** The request's headers, and those of the hello message where a WebSocket brought one. */
  readonly headers: Headers
  /** The request's `Origin`; it has been checked against `allowedOrigins`. */
  readonly origin: string | null
  /** The topics that the client asks for; empty for a POST. */
  readonly topics: readonly string[]
  /** The client's id: random, made by the page, no secret. */
  readonly client: string | undefined
  /** What brought the hello; `post` for a request that brings messages. */
  readonly transport: TransportName | 'post'
  /** The path and query of the request, as it came. */
  readonly url: string
  /** Aborts when the answer is of no use any more. */
  readonly signal: AbortSignal
}

/** What `authorize` answers to let somebody in. */
export interface Grant {
  /** Who it is, to the application. `publish(…, { to })` addresses it. */
  principal: string
  /** What it may hear beside what goes to everybody. Default `'*'`: every topic. */
  topics?: '*' | readonly string[] | ((topic: string) => boolean)
  /** When this ends: a Date, or ms since the epoch. Default: never. */
  expires?: Date | number
}

/** What `authorize` answers to turn somebody away. */
export interface Denial {
  /**
   * 401: `unauthorized`. 403: `forbidden` (PROTOCOL.md, "error"). A client asks for headers once more; it stops if these are
   * refused too.
   */
  status: 401 | 403
  /** Told to the client. Default `Not authorized.` or `Not allowed.` */
  message?: string
}

/**
 * Says who somebody is, and what they may hear: for every hello and every POST, within `limits.authorizeTimeout`.
 * Nothing (null, undefined) refuses, as `{ status: 401 }` does.
 *
 * What it throws refuses, too: an error with `status` 401 or 403 as it says, one of 500 or more with `unavailable`, so
 * that the client comes again, any other with 401. All but 401 and 403 are reported to `onError`.
 */
export type Authorize = (request: AuthorizeRequest) => MaybeGrant | Promise<MaybeGrant>
type MaybeGrant = Grant | Denial | null | undefined

/** A grant, read: which of the topics are heard, and until when. */
export interface Authorization {
  readonly principal: string
  /** The opaque tag of the principal that clients are told. */
  readonly tag: string
  readonly topics: ReadonlySet<string>
  readonly denied: readonly string[]
  /** ms since the epoch; Infinity if never. */
  readonly expires: number
}

/** What a client is told of it in its `ready` (PROTOCOL.md). */
export function toldOf({ tag, expires, denied }: Authorization): object {
  return {
    principal: tag,
    expires: Number.isFinite(expires) ? Math.max(0, Math.ceil(expires - Date.now())) : undefined,
    denied: denied.length > 0 ? denied : undefined,
  }
}

/** Without an `authorize` everybody is this one. */
export const ANONYMOUS = 'anonymous'

/** A number of ms since the epoch is larger than this since 1973; one of seconds will not be for 3,000 years. */
const SECONDS = 100_000_000_000

/** A request as every endpoint hands it on. */
export interface RequestFacts {
  readonly headers: Headers
  readonly origin: string | null
  readonly url: string
  readonly transport: TransportName | 'post'
}

/** Asks the application who this is, and reads its answer. */
export class Authorizer {
  readonly #authorize: Authorize | undefined
  readonly #timeout: number
  readonly #report: (error: unknown) => void
  readonly #tags = new Map<string, string>()
  /** Everybody, where nobody is told apart: the same one for all who ask for no topics. */
  readonly #anybody: Authorization = {
    principal: ANONYMOUS,
    tag: ANONYMOUS,
    topics: new Set(),
    denied: [],
    expires: Number.POSITIVE_INFINITY,
  }
  readonly #nothing: RequestFacts = { headers: new Headers(), origin: null, url: '', transport: 'websocket' }

  constructor(authorize: Authorize | undefined, timeout: number, report: (error: unknown) => void) {
    this.#authorize = authorize
    this.#timeout = timeout
    this.#report = report
  }

  /** Whether principals are told apart at all. */
  get asks(): boolean {
    return this.#authorize !== undefined
  }

  /** What is needed to ask about a request, and to ask again: its headers take time and room, and without `authorize` nobody asks. */
  remember(read: () => RequestFacts): RequestFacts {
    return this.asks ? read() : this.#nothing
  }

  /** @throws {Refusal} `unauthorized`, `forbidden`, `expired`, `unavailable` or `internal` */
  async admit(facts: RequestFacts, hello: Pick<Hello, 'headers' | 'topics' | 'client'>): Promise<Authorization> {
    const { topics, client } = hello
    const authorize = this.#authorize
    if (authorize === undefined)
      return topics.length === 0 ? this.#anybody : { ...this.#anybody, topics: new Set(topics) }
    const headers = mergeHeaders(facts.headers, hello.headers)
    const { origin, url, transport } = facts
    const grant = await this.#ask((signal) => authorize({ headers, origin, topics, client, url, transport, signal }))
    if (!grant) throw new Refusal('unauthorized', 'Not authorized.')
    if ('status' in grant) throw denial(grant)
    try {
      return await this.#read(grant, topics)
    } catch (error) {
      if (error instanceof Refusal) throw error
      this.#report(error)
      throw new Refusal('internal', 'Authorization failed.')
    }
  }

  async #ask(authorize: (signal: AbortSignal) => ReturnType<Authorize>): Promise<MaybeGrant> {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#report(new Error(`authorize did not answer within ${this.#timeout} ms (limits.authorizeTimeout).`))
        reject(new Refusal('unavailable', 'Authorization took too long.', { retryAfter: 1_000 }))
      }, this.#timeout)
    })
    try {
      // An async function, so that what is thrown at once is a rejection too.
      return await Promise.race([(async () => authorize(abort.signal))(), late])
    } catch (error) {
      throw error instanceof Refusal ? error : this.#refuse(error)
    } finally {
      clearTimeout(timer)
      abort.abort()
    }
  }

  /** What was thrown says by its `status` what it means; without one it is a refusal, and worth a look. */
  #refuse(error: unknown): Refusal {
    const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
    if (status === 403) return new Refusal('forbidden', 'Not allowed.')
    if (status === 401) return new Refusal('unauthorized', 'Not authorized.')
    this.#report(error)
    if (typeof status === 'number' && status >= 500)
      return new Refusal('unavailable', 'Authorization is not available.', { retryAfter: 1_000 })
    return new Refusal('unauthorized', 'Not authorized.')
  }

  async #read(grant: Grant, asked: readonly string[]): Promise<Authorization> {
    const { principal, topics = '*' } = grant
    if (typeof principal !== 'string' || principal === '')
      throw new TypeError('authorize must answer with a principal: a string that is not empty.')
    const allowed = typeof topics === 'function' ? topics : (topic: string) => topics === '*' || topics.includes(topic)
    const heard = new Set(asked.filter((topic) => allowed(topic)))
    const expires = grant.expires === undefined ? Number.POSITIVE_INFINITY : Number(grant.expires)
    if (Number.isNaN(expires) || expires < SECONDS)
      throw new TypeError('authorize: expires must be a Date, or ms (not seconds) since the epoch.')
    if (expires <= Date.now()) throw new Refusal('expired', 'This authorization has expired.')
    const denied = asked.filter((topic) => !heard.has(topic))
    return { principal, tag: await this.#tag(principal), topics: heard, denied, expires }
  }

  /** The same in every process, so that a client that comes back elsewhere knows itself to be the same. */
  async #tag(principal: string): Promise<string> {
    const known = this.#tags.get(principal)
    if (known !== undefined) return known
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`holdfast:${principal}`))
    const tag = btoa(String.fromCharCode(...new Uint8Array(digest, 0, 15)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
    if (this.#tags.size >= 10_000) this.#tags.clear()
    this.#tags.set(principal, tag)
    return tag
  }
}

/** A hello's headers must not speak for the browser, nor over what the request itself brought. */
function mergeHeaders(request: Headers, hello: Readonly<Record<string, string>>): Headers {
  const merged = new Headers(request)
  for (const [name, value] of Object.entries(hello))
    if (!['cookie', 'origin', 'host'].includes(name) && !request.has(name)) merged.set(name, value)
  return merged
}

function denial({ status, message }: Denial): Refusal {
  if (status === 403) return new Refusal('forbidden', message ?? 'Not allowed.')
  return new Refusal('unauthorized', message ?? 'Not authorized.')
}
