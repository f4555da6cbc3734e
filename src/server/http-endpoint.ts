import type { RequestFacts } from './authorization.js'
import { errorBlock, heartbeatBlock, pongBlock, resultBlock } from './blocks.js'
import type { CarrierEvents, TransportName } from './carrier.js'
import { Connection } from './connection.js'
import type { Core } from './core.js'
import type { Exchange, Writer } from './exchange.js'
import { readQuery } from './hello.js'
import { PollCarrier, StreamCarrier } from './http-carriers.js'
import type { Limits } from './limits.js'
import { corsHeaders, judgeOrigin, type OriginVerdict, preflightHeaders, withoutCredentials } from './origin.js'
import { Refusal, unavailable } from './refusal.js'
import { parseFrame, readSend } from './send.js'
import type { SendSink } from './sends.js'

/** What a body must say of itself so that nothing in between holds it back or keeps it. */
const STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** Answers one request on the hub's path: SSE, long-poll, sends, preflights. Never rejects. */
export async function serveHttp(core: Core, exchange: Exchange): Promise<void> {
  const origin = exchange.header('origin')
  let cors: Record<string, string> = { vary: 'Origin' }
  try {
    const verdict = judgeOrigin(origin, exchange.header('host') ?? exchange.url.host, core.allowedOrigins)
    cors = corsHeaders(origin, verdict)
    if (verdict === 'refused') throw new Refusal('forbidden', 'This origin is not allowed (allowedOrigins).')
    if (exchange.method === 'GET') await get(core, exchange, verdict, cors)
    else if (exchange.method === 'POST') await post(core, exchange, verdict, cors)
    else if (exchange.method === 'OPTIONS')
      exchange.respond(204, { ...cors, ...preflightHeaders(exchange.header('access-control-request-headers')) })
    else throw new Refusal('bad-request', 'Only GET and POST are spoken here.', { status: 405 })
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal('internal', 'The server failed.')
    if (refusal !== error) core.report(error)
    if (!exchange.gone) refuse(exchange, refusal, cors)
  }
}

function refuse(exchange: Exchange, refusal: Refusal, cors: Record<string, string>): void {
  const headers: Record<string, string> = { ...cors, 'content-type': 'application/json', 'cache-control': 'no-store' }
  if (refusal.retryAfter !== undefined) headers['retry-after'] = `${Math.ceil(refusal.retryAfter / 1_000)}`
  if (refusal.status === 405) headers.allow = 'GET, POST, OPTIONS'
  exchange.respond(refusal.status, headers, JSON.stringify(refusal))
}

function factsOf(exchange: Exchange, verdict: OriginVerdict, transport: TransportName | 'post'): RequestFacts {
  const { headers, url } = exchange
  const seen = verdict === 'any' ? withoutCredentials(headers, false) : headers
  return { headers: seen, origin: headers.get('origin'), url: url.pathname + url.search, transport }
}

/** @throws {Refusal} `unavailable` where the history cannot be opened; the core has reported why */
async function opened(core: Core): Promise<void> {
  try {
    await core.started
  } catch {
    throw new Refusal('unavailable', 'The history cannot be opened.', { retryAfter: 1_000 })
  }
}

async function get(
  core: Core,
  exchange: Exchange,
  verdict: OriginVerdict,
  cors: Record<string, string>,
): Promise<void> {
  const { hello, carrier, wait } = readQuery(exchange.url.searchParams, core.limits, false)
  if (hello === undefined) throw new Refusal('bad-request', 'Only a WebSocket can say hello in a message.')
  if (core.state !== 'open') throw unavailable()
  core.connections.check()
  const transport = carrier === 'poll' ? 'long-poll' : 'sse'
  const facts = core.authorizer.remember(() => factsOf(exchange, verdict, transport))
  const authorization = await core.authorizer.admit(facts, hello)
  await opened(core)
  if (exchange.gone) return
  // Before anything is said, so that it can be refused with a status.
  if (core.authorizer.asks) core.connections.check(authorization.principal)

  const headers = { ...STREAM, ...cors }
  let poll: PollCarrier | undefined
  const stream = (events: CarrierEvents) => exchange.stream(headers, events)
  const connection = new Connection(core, facts, (polled) =>
    carrier === 'poll' ? (poll = new PollCarrier(polled, wait, stream)) : new StreamCarrier(stream(polled)),
  )
  connection.open()
  await connection.hello(hello, authorization)
  if (wait === 0) poll?.settle()
}

async function post(
  core: Core,
  exchange: Exchange,
  verdict: OriginVerdict,
  cors: Record<string, string>,
): Promise<void> {
  const type = exchange.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    throw new Refusal('bad-request', 'A message must be sent as application/json.', { status: 415 })
  if (core.state === 'closed') throw unavailable()
  const send = readSend(parseFrame(await bodyInTime(exchange, core.limits)))
  const facts = core.authorizer.remember(() => factsOf(exchange, verdict, 'post'))
  const { principal, tag } = await core.authorizer.admit(facts, { topics: [], headers: {}, client: send.client })
  await opened(core)
  const sender = { id: send.client, principal, transport: 'post' as const }
  core.sends.submit(tag, sender, send, new PostSink(core, exchange, cors))
}

/** Who promises a body and says it byte by byte, or not at all, must not be waited for without end. Nor is it an error of ours. */
function bodyInTime(exchange: Exchange, { messageBytes, stalled }: Limits): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Refusal('hello-timeout', `The body did not come within ${stalled} ms.`))
    }, stalled)
    exchange
      .body(messageBytes)
      .then(resolve, (error) =>
        reject(error instanceof Refusal ? error : new Refusal('bad-request', 'The body broke off.')),
      )
      .finally(() => clearTimeout(timer))
  })
}

/** The results of one POST, in the body of its answer; a refusal has a status as long as nothing was said. */
class PostSink implements SendSink, CarrierEvents {
  readonly #core: Core
  readonly #exchange: Exchange
  readonly #cors: Record<string, string>
  #writer: Writer | undefined
  #ended = false
  #silent = 0

  constructor(core: Core, exchange: Exchange, cors: Record<string, string>) {
    this.#core = core
    this.#exchange = exchange
    this.#cors = cors
  }

  accepted(): void {
    if (this.#ended || this.#writer !== undefined || this.#exchange.gone) return
    this.#writer = this.#exchange.stream({ ...STREAM, ...this.#cors }, this)
    // The headers leave with the first bytes, and a handler may take its time.
    this.#writer.write(heartbeatBlock)
    this.#core.connections.watch(this)
  }

  result(json: string): void {
    if (this.#ended) return
    this.#silent = 0
    this.#writer?.write(resultBlock(json))
    const { queuedBytes, replyBytes } = this.#core.limits
    // As on a WebSocket: one that asks and never reads is cut off.
    if (this.#writer !== undefined && this.#writer.queued > 2 * queuedBytes + replyBytes) this.#writer.destroy()
  }

  pong(epoch: string): void {
    this.accepted()
    this.#writer?.write(pongBlock({ epoch }))
  }

  fail(refusal: Refusal): void {
    if (this.#ended || this.#exchange.gone) return
    this.#writer?.write(errorBlock(refusal))
    if (this.#writer === undefined) refuse(this.#exchange, refusal, this.#cors)
    this.#end()
  }

  done(): void {
    if (!this.#ended) this.#end()
  }

  tick(): void {
    this.#silent += 1
    if (this.#silent < 3) return
    this.#silent = 0
    this.#writer?.write(heartbeatBlock)
  }

  drained(): void {}

  /** What is not answered yet is sent again, to whoever is there then. */
  close(): void {
    this.fail(unavailable())
  }

  #end(): void {
    this.#writer?.end()
    this.closed()
  }

  closed(): void {
    this.#ended = true
    this.#core.connections.unwatch(this)
  }
}
