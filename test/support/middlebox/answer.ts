import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { CuttableCarrier } from './cuts.js'
import type { RequestFault, StreamFault } from './faults.js'
import { Compressor } from './gzip.js'
import { openStreamGate } from './stream-gate.js'
import type { Wire } from './wire.js'

/** What a request was answered with, and all that decides what the page gets of it. */
export interface Answering {
  readonly wire: Wire
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly answer: IncomingMessage
  /** Of the answer, without those that are not passed on. */
  readonly headers: IncomingHttpHeaders
  /** Where it carries events. */
  readonly carrier: CuttableCarrier | undefined
  /** What befalls the answer now: of a stream it can change on the way. */
  readonly spoiling: () => StreamFault | RequestFault
}

/** Passes an answer on as it comes, spoilt as it is to be. Reads no faster than the page does. */
export async function forwardAnswer(answering: Answering): Promise<void> {
  const { wire, request, response, answer, headers, carrier, spoiling } = answering
  const gate = openStreamGate(spoiling)
  // No byte of the body may pass, so no answer at all.
  if (gate.cut) return void response.destroy()
  const compressor = compresses(spoiling(), request, headers) ? new Compressor() : undefined
  if (compressor !== undefined) {
    delete headers['content-length']
    headers['content-encoding'] = 'gzip'
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers)
  response.flushHeaders()
  const timer = gate.cutAfterMs === undefined ? undefined : setTimeout(() => wire.kill('fin'), gate.cutAfterMs)
  response.on('close', () => clearTimeout(timer))

  try {
    for await (const chunk of answer) {
      const passed = gate.pass(chunk)
      const { bytes, cut } = carrier?.passBody(passed) ?? { bytes: passed }
      const now = spoiling()
      const held = typeof now === 'object' && 'gzip' in now && now.gzip !== 'flush' && cut === undefined
      await write(response, (await compressor?.push(bytes, !held)) ?? bytes)
      // The body stays unfinished, and what was written still arrives.
      if (cut !== undefined || gate.cut) return wire.cut(cut?.how ?? 'fin')
    }
  } catch {
    // The server broke off: so does this, after all that it has said.
    return wire.cut('fin')
  } finally {
    if (!answer.complete) answer.destroy()
  }
  if (!gate.ends) return
  const rest = gate.rest()
  await write(response, (await compressor?.push(rest, false)) ?? rest)
  response.end(await compressor?.end())
}

function compresses(fault: object | string, request: IncomingMessage, headers: IncomingHttpHeaders): boolean {
  if (typeof fault !== 'object' || !('gzip' in fault) || headers['content-encoding'] !== undefined) return false
  return /\bgzip\b/.test(String(request.headers['accept-encoding']))
}

/** Resolves when more may be written, or nobody is there any more. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> | undefined {
  if (bytes.length === 0 || response.destroyed || response.write(bytes)) return undefined
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
