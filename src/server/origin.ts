/** Who may connect from a page of another origin: a list, everybody (without cookies), or a decision. */
export type AllowedOrigins = '*' | readonly string[] | ((origin: string) => boolean)

/** `own`: no page of another origin speaks. `listed`: one that is trusted. `any`: one that is let in without its cookies. */
export type OriginVerdict = 'own' | 'listed' | 'any' | 'refused'

/** @throws {TypeError} for what is no origin */
export function readAllowedOrigins(given: AllowedOrigins = []): AllowedOrigins {
  if (given === '*' || typeof given === 'function') return given
  if (!Array.isArray(given)) throw new TypeError("allowedOrigins must be an array of origins, '*' or a function.")
  for (const origin of given)
    if (origin !== 'null' && !(URL.canParse(origin) && new URL(origin).origin === origin))
      throw new TypeError(`allowedOrigins: ${JSON.stringify(origin)} is no origin. Write it as 'https://example.org'.`)
  return given
}

/**
 * Browsers let every page open a WebSocket to every server, with the server's cookies, loopback included: whether a page
 * may is the server's to say. A request without an `Origin` comes from no other site's page that could read the answer.
 */
export function judgeOrigin(origin: string | null, host: string, allowed: AllowedOrigins): OriginVerdict {
  if (origin === null) return 'own'
  if (isSameHost(origin, host)) return 'own'
  if (allowed === '*') return 'any'
  return (typeof allowed === 'function' ? allowed(origin) : allowed.includes(origin)) ? 'listed' : 'refused'
}

/** The scheme is not compared: behind a proxy that ends TLS the server knows only its own. */
function isSameHost(origin: string, host: string): boolean {
  // What nearly all are, and no address needs to be parsed for it.
  if (origin === `https://${host}` || origin === `http://${host}`) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  // With the page's own scheme, so that its default port may be written or not.
  return URL.canParse(`${page.protocol}//${host}`) && new URL(`${page.protocol}//${host}`).host === page.host
}

/** What a page of another origin needs to read an answer, refusals included. */
export function corsHeaders(origin: string | null, verdict: OriginVerdict): Record<string, string> {
  if (origin === null || verdict === 'refused') return { vary: 'Origin' }
  if (verdict === 'any')
    return { vary: 'Origin', 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'Retry-After',
  }
}

/** The answer to a preflight: whatever headers the page wants to send, `authorize` judges them. */
export function preflightHeaders(requested: string | null): Record<string, string> {
  return {
    vary: 'Origin, Access-Control-Request-Headers',
    'access-control-allow-methods': 'GET, POST',
    ...(requested === null ? {} : { 'access-control-allow-headers': requested }),
    // What browsers allow at most: two hours.
    'access-control-max-age': '7200',
  }
}

/**
 * With `'*'` a page of any origin is let in as nobody in particular: what the browser adds by itself is not shown to
 * `authorize`. On a WebSocket that is also `authorization`, which no page can set there.
 */
export function withoutCredentials(headers: Headers, webSocket: boolean): Headers {
  const stripped = new Headers(headers)
  stripped.delete('cookie')
  if (webSocket) stripped.delete('authorization')
  return stripped
}
