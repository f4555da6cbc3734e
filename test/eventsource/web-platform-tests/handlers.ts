import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'

/** A request as the handlers see it. */
export interface Ask {
  readonly method: string | undefined
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Where the checkout of web-platform-tests lies. */
  readonly checkout: string
}

export interface Answer {
  status?: number
  headers: [name: string, value: string][]
  body?: string
  /** Waits so long before it answers, in ms. */
  delay?: number
  /** Says the body again so often, in ms, until the page leaves. */
  every?: number
}

type Handler = (ask: Ask) => Answer

const STREAM: [string, string] = ['content-type', 'text/event-stream']
const LONG_AGO = 'expires=Fri, 27 Jul 2001 00:00:00 GMT'

function cookieOf({ headers }: Ask, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('=', 2))
  return pairs.find(([key]) => key === name)?.[1]
}

const setCookie = (name: string, value: string): [string, string] => ['set-cookie', `${name}=${value}; Path=/`]
const deleteCookie = (name: string): [string, string] => ['set-cookie', `${name}=; Path=/; ${LONG_AGO}`]

/** A header's bytes, which Node gives as one character each, as the text that a UTF-8 body shall hold. */
const fromHeader = (value: string) => Buffer.from(value, 'latin1').toString('utf8')

function lastEventId({ headers }: Ask): string {
  const value = headers['last-event-id']
  return fromHeader(typeof value === 'string' ? value : '')
}

const message: Handler = ({ query }) => ({
  headers: [['content-type', query.get('mime') ?? 'text/event-stream']],
  body: `${query.get('message') ?? 'data: data'}${query.get('newline') === 'none' ? '' : '\n\n'}\n`,
  delay: Number(query.get('sleep') ?? 0),
})

const redirect: Handler = ({ query }) => ({
  status: Number(query.get('status') ?? 302),
  headers: [['location', query.get('location') ?? '']],
})

/** Fails first, or ends without an event, and has an event when asked again. */
const statusReconnect: Handler = (ask) => {
  const status = ask.query.get('status') ?? '204'
  const cookie = `request${ask.query.get('id') ?? status}`
  if (cookieOf(ask, cookie) === status) return { headers: [STREAM, deleteCookie(cookie)], body: 'data: data\n\n' }
  const first = ask.query.has('ok_first') ? 'data: ok\n\n' : ''
  return { status: Number(status), headers: [STREAM, setCookie(cookie, status)], body: `retry: 2\n${first}` }
}

/** Has an event, has another, and then says that there is no stream. */
const reconnectFail: Handler = (ask) => {
  const name = `recon_fail_${ask.query.get('id')}`
  switch (cookieOf(ask, name)) {
    case 'opened':
      return { headers: [STREAM, setCookie(name, 'reconnected')], body: 'data: reconnected\n\n' }
    case 'reconnected':
      return { status: 204, headers: [STREAM, deleteCookie(name)] }
    default:
      return { headers: [STREAM, setCookie(name, 'opened')], body: 'retry: 2\ndata: opened\n\n' }
  }
}

const statusError: Handler = ({ query }) => {
  const status = Number(query.get('status') ?? 404)
  return { status, headers: [STREAM], body: status === 204 || status === 205 ? '' : 'data: data\n\n' }
}

const lastEventIdHandler: Handler = (ask) => {
  const id = lastEventId(ask)
  const first = `id: ${ask.query.get('idvalue') ?? '…'}\nretry: 200\ndata: hello\n\n`
  return { headers: [STREAM], body: id ? `data: ${id}\n\n` : first }
}

const ids: Record<string, string> = {
  1: 'id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n',
  2: 'id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n',
  3: 'id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n',
}
const lastEventId2: Handler = ({ query }) => ({ headers: [STREAM], body: ids[query.get('type') ?? '1'] })

const corsHeaders = ({ query, headers }: Ask): [string, string][] => [
  ['access-control-allow-origin', query.get('origin') ?? headers.origin ?? ''],
  ['access-control-allow-credentials', query.get('credentials') ?? 'true'],
]

/** Says whether a cookie came, which it sets at first and takes away then. */
const corsCookie: Handler = (ask) => {
  const name = ask.query.get('ident') ?? 'test'
  const came = cookieOf(ask, name) === undefined ? 'NO_COOKIE' : 'COOKIE'
  const id = lastEventId(ask)
  const headers = corsHeaders(ask)
  if (id === '') {
    headers.push(STREAM, setCookie(name, 'COOKIE'))
    return { headers, body: `id: 1\nretry: 200\ndata: first ${came}\n\n` }
  }
  if (id === '1') return { headers: [...headers, STREAM, deleteCookie(name)], body: `id: 2\ndata: second ${came}\n\n` }
  return { headers: [...headers, ['content-type', 'stop']], body: '' }
}

/** Another handler, behind CORS headers. */
const cors: Handler = (ask) => {
  const run = ask.query.get('run')
  const others: Record<string, Handler> = { message, redirect, 'status-reconnect': statusReconnect }
  const path = '/eventsource/resources/cache-control.event_stream'
  others['cache-control'] = (ask) => ({ headers: [STREAM], body: substitute(ask, path) })
  const { headers = [], ...answer } = others[run ?? '']?.(ask) ?? {}
  return { ...answer, headers: [...headers, ...corsHeaders(ask)] }
}

const sentIds: Record<string, string> = { safe: 'abc', unsafe: 'e5p3n<3k0k0s', long: 'a'.repeat(255) }
const preflights = new Map<string, string>()

/** Wants a preflight for an id that is none of what the standard of `fetch` lets pass without. */
const unsafeLastEventId: Handler = (ask) => {
  const { origin, 'access-control-request-headers': asked } = ask.headers
  const headers: Answer['headers'] = [['access-control-allow-origin', origin ?? '']]
  if (asked) headers.push(['access-control-allow-headers', asked])
  const [fixture, token] = [ask.query.get('fixture') ?? '', ask.query.get('token') ?? '']
  const id = lastEventId(ask)
  if (ask.method === 'OPTIONS') {
    if (id !== '') preflights.set(token, asked ?? '')
    return { status: id === '' ? 400 : 200, headers }
  }
  headers.push(STREAM, ['cache-control', 'no-store'])
  if (id === '') return { headers, body: `id: ${sentIds[fixture]}\nretry: 200\ndata: ${fixture}\n\n` }
  const preflight = preflights.get(token)
  preflights.delete(token)
  const good = preflight === (fixture === 'safe' ? undefined : 'last-event-id') && id === sentIds[fixture]
  return { headers, body: `event: ${good ? 'success' : 'failure'}\ndata: ${id}, preflight: ${preflight}\n\n` }
}

const message2: Handler = () => ({
  headers: [STREAM, ['cache-control', 'no-cache']],
  body: 'data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n',
  every: 2000,
})

/** A file in which `{{headers[name]}}` stands for what the request holds. */
export function substitute({ headers, checkout }: Ask, path: string): string {
  const text = readFileSync(join(checkout, path), 'utf8')
  return text.replace(/\{\{headers\[([\w-]+)\]\}\}/g, (_, name: string) => String(headers[name] ?? ''))
}

/** What Python does in the tests' own server, by path. */
export const handlers: Record<string, Handler> = {
  '/common/redirect.py': redirect,
  '/eventsource/resources/cors-cookie.py': corsCookie,
  '/eventsource/resources/cors-unsafe-last-event-id.py': unsafeLastEventId,
  '/eventsource/resources/cors.py': cors,
  '/eventsource/resources/last-event-id.py': lastEventIdHandler,
  '/eventsource/resources/last-event-id2.py': lastEventId2,
  '/eventsource/resources/message.py': message,
  '/eventsource/resources/message2.py': message2,
  '/eventsource/resources/reconnect-fail.py': reconnectFail,
  '/eventsource/resources/status-error.py': statusError,
  '/eventsource/resources/status-reconnect.py': statusReconnect,
}
