import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Middlebox } from '../middlebox.js'
import { isRefusal, type Kind, type RefuseFault } from './faults.js'
import { refusalPage } from './html.js'
import { Line } from './line.js'
import { openStreamGate } from './stream-gate.js'

/** One HTTP request that is no upgrade: the whole request goes to the server, the answer comes back as it comes. */
export async function forwardRequest(
  box: Middlebox,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const client = request.socket
  const gone = () => box.vanished(client) || response.destroyed
  const body = await buffer(request).catch(() => undefined)
  if (body === undefined) return
  await box.travelUp(client)
  if (gone()) return

  let kind = kindOf(box, request)
  if (kind !== undefined) box.count(kind, client)
  const fault = kind === 'poll' || kind === 'post' ? box.faults[kind] : 'pass'
  const down = new Line(() => box.faults.delay / 2)
  if (fault === 'hang') return
  if (isRefusal(fault)) return down.run(() => refuse(request, response, fault))
  if (typeof fault === 'object' && 'delay' in fault) {
    if (fault.once && (kind === 'poll' || kind === 'post')) box.set({ [kind]: 'pass' })
    await sleep(fault.delay)
  }
  if (gone()) return

  const upstream = sendRequest({
    ...box.target,
    path: request.url,
    method: request.method,
    headers: endToEnd(request.headers),
    agent: false,
  })
  upstream.on('socket', (socket) => box.adopt(socket))
  response.on('close', () => box.vanished(client) || upstream.destroy())
  upstream.on('error', () => down.run(() => box.vanished(client) || response.destroy()))
  upstream.on('response', (answer) => {
    if (fault === 'unanswered') return void answer.resume()
    const isStream = /^text\/event-stream/.test(answer.headers['content-type'] ?? '')
    if (kind === undefined) {
      kind = isStream ? 'sse' : 'other'
      box.count(kind, client)
    }
    if (kind === 'sse' && isRefusal(box.faults.sse)) {
      const refusal = box.faults.sse
      upstream.destroy()
      return down.run(() => refuse(request, response, refusal))
    }
    const cut = typeof fault === 'object' && 'cut' in fault ? fault.cut : undefined
    const gate = openStreamGate(
      kind === 'sse' ? () => box.faults.sse : () => (cut === undefined ? 'pass' : { cutAfter: { bytes: cut } }),
    )
    down.run(() => {
      if (gone()) return
      if (cut === 0) return void response.destroy()
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.headers))
      response.flushHeaders()
    })
    answer.on('data', (chunk: Buffer) => {
      down.run(() => {
        if (gone()) return
        const out = gate.pass(chunk)
        if (out.length > 0 && !response.write(out)) {
          answer.pause()
          response.once('drain', () => answer.resume())
        }
        // end() on the socket, not on the response: the body stays unfinished, and what was written still arrives.
        if (gate.cut) client.end()
      })
    })
    answer.on('end', () => down.run(() => gone() || !gate.ends || response.end(gate.rest())))
    answer.on('close', () => answer.complete || down.run(() => box.vanished(client) || response.destroy()))
    const timer = gate.cutAfterMs === undefined ? undefined : setTimeout(() => client.destroy(), gate.cutAfterMs)
    response.on('close', () => clearTimeout(timer))
  })
  upstream.end(body)
}

/** Undefined where only the answer's content type will tell. */
function kindOf(box: Middlebox, request: IncomingMessage): Kind | undefined {
  if (request.method === 'OPTIONS') return 'preflight'
  if (request.method === 'POST') return 'post'
  return box.isPoll(request) ? 'poll' : undefined
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, retryAfter }: RefuseFault): void {
  const headers: Record<string, string> = { 'content-type': 'text/html' }
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  // Else a page of another origin would see a network error in place of the status.
  headers['access-control-allow-origin'] = request.headers.origin ?? '*'
  headers['access-control-allow-credentials'] = 'true'
  headers['access-control-expose-headers'] = 'retry-after'
  response.writeHead(status, headers)
  response.end(refusalPage(status))
}

/** Without those that belong to one connection (RFC 9110, section 7.6.1). */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection, 'keep-alive': _, 'transfer-encoding': __, upgrade, ...rest } = headers
  return rest
}
