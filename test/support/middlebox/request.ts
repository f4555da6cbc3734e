import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Middlebox } from '../middlebox.js'
import { forwardAnswer } from './answer.js'
import { isRefusal, type Kind } from './faults.js'
import { refuse } from './refusal.js'
import { Wire } from './wire.js'

/** One HTTP request that is no upgrade: goes to the server as it comes, and so does the answer to the page. */
export async function forwardRequest(
  box: Middlebox,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket: wire } = request
  if (!(wire instanceof Wire)) return
  const kind = kindOf(box, request)
  if (kind !== undefined) box.count(kind, wire)
  const readable = box.faults.cors === 'pass'
  if (kind === 'preflight' && !readable) return refuse(request, response, { status: 403 }, false)
  const fault = kind === 'poll' || kind === 'post' ? box.faults[kind] : 'pass'
  if (isRefusal(fault)) return refuse(request, response, fault, readable)
  if (fault === 'hang') return void request.resume()
  if (typeof fault === 'object' && 'delay' in fault) {
    if (fault.once && (kind === 'poll' || kind === 'post')) box.set({ [kind]: 'pass' })
    await sleep(fault.delay)
  }
  if (response.destroyed) return
  let carrier = kind === 'poll' ? box.carriers.open(kind) : undefined

  const upstream = sendRequest({
    ...box.target,
    path: request.url,
    method: request.method,
    headers: endToEnd(request.headers),
    agent: false,
  })
  upstream.on('socket', (socket) => box.adopt(socket))
  upstream.on('error', () => response.destroy())
  upstream.on('response', (answer) => {
    if (fault === 'unanswered') return void answer.resume()
    const found = kind ?? (isStream(answer) ? 'sse' : 'other')
    if (kind === undefined) box.count(found, wire)
    if (found === 'sse' && isRefusal(box.faults.sse)) {
      refuse(request, response, box.faults.sse, readable)
      return void upstream.destroy()
    }
    if (found === 'sse') carrier = box.carriers.open(found)
    const headers = endToEnd(answer.headers)
    if (!readable) for (const name in headers) if (name.startsWith('access-control-')) delete headers[name]
    const spoiling = () => {
      const own = found === 'sse' ? box.faults.sse : fault
      return own === 'pass' ? box.faults.body : own
    }
    forwardAnswer({ wire, request, response, answer, headers, carrier, spoiling }).catch(() => response.destroy())
  })
  response.on('close', () => {
    upstream.destroy()
    if (carrier !== undefined) box.carriers.close(carrier)
  })
  request.pipe(upstream)
}

/** Undefined where only the answer's content type will tell. */
function kindOf(box: Middlebox, request: IncomingMessage): Kind | undefined {
  if (request.method === 'OPTIONS') return 'preflight'
  if (request.method === 'POST') return 'post'
  return box.isPoll(request) ? 'poll' : undefined
}

function isStream(answer: IncomingMessage): boolean {
  return /^text\/event-stream/.test(answer.headers['content-type'] ?? '')
}

/** Without those that belong to one connection (RFC 9110, section 7.6.1). */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection, 'keep-alive': _, 'transfer-encoding': __, upgrade, ...rest } = headers
  return rest
}
