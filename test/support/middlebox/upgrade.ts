import { type IncomingMessage, request as sendRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Middlebox } from '../middlebox.js'
import { type Direction, isRefusal } from './faults.js'
import { type FramePart, FrameReader } from './frames.js'
import { refusalPage } from './refusal.js'
import type { Wire } from './wire.js'

/** One WebSocket: forwards the upgrade, and then frames each way. */
export function forwardUpgrade(box: Middlebox, request: IncomingMessage, wire: Wire, early: Buffer): void {
  const fault = box.faults.websocket
  // Read all the same, to learn when the page gives up.
  if (fault === 'hang') return void wire.resume().on('end', () => wire.end())
  if (isRefusal(fault)) {
    const page = refusalPage(fault.status)
    const retryAfter = fault.retryAfter === undefined ? '' : `Retry-After: ${fault.retryAfter}\r\n`
    const head = `HTTP/1.1 ${fault.status} Refused\r\n${retryAfter}Content-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n`
    return void wire.end(head + page)
  }

  const upstream = sendRequest({
    ...box.target,
    path: request.url,
    method: 'GET',
    headers: request.headers,
    agent: false,
  })
  upstream.on('socket', (socket) => box.adopt(socket))
  upstream.on('error', () => wire.destroy())
  wire.on('close', () => upstream.destroy())
  // The server refused the upgrade itself: what it says passes as it is.
  upstream.on('response', (answer) => {
    wire.write(head(answer))
    answer.pipe(wire)
  })
  upstream.on('upgrade', (answer, server, first) => {
    server.setNoDelay(true)
    // One write for the 101 and the frames that came with it: a real server's open block arrives together with the 101.
    wire.cork()
    wire.write(head(answer))
    relayDown(box, server, wire, first)
    wire.uncork()
    relay(wire, server, early, unlessSwallowed(box, 'up'))
    // Nobody is left who could say more.
    wire.on('close', () => server.destroy())
    const ms = cutAfter(box)?.ms
    if (ms === undefined) return
    const timer = setTimeout(() => wire.kill('fin'), ms)
    wire.on('close', () => clearTimeout(timer))
  })
  upstream.end()
}

function relayDown(box: Middlebox, server: Duplex, wire: Wire, first: Buffer): void {
  const carrier = box.carriers.open('websocket')
  const arrives = unlessSwallowed(box, 'down')
  let frames = 0
  let cutting = false
  server.on('close', () => {
    box.carriers.close(carrier)
    // Behind all that was said.
    wire.end()
  })
  relay(server, wire, first, (part) => {
    if (cutting || arrives(part) === undefined) return undefined
    const { bytes, cut } = carrier.passFrame(part)
    if (part.last && part.data) frames++
    cutting = cut !== undefined || frames >= (cutAfter(box)?.frames ?? Number.POSITIVE_INFINITY)
    if (cutting) {
      wire.write(bytes)
      wire.cut(cut?.how ?? 'fin')
      server.destroy()
      return undefined
    }
    return bytes
  })
}

/** Forwards one direction of an open WebSocket, no faster than it is taken. */
function relay(from: Duplex, to: Duplex, first: Buffer, pass: (part: FramePart) => Buffer | undefined): void {
  const reader = new FrameReader()
  const forward = (chunk: Buffer) => {
    to.cork()
    for (const part of reader.read(chunk)) {
      const bytes = pass(part)
      if (bytes !== undefined && to.writable) to.write(bytes)
    }
    to.uncork()
    if (!to.writableNeedDrain) return
    from.pause()
    to.once('drain', () => from.resume())
  }
  from.on('data', forward)
  from.on('error', () => {})
  from.on('end', () => to.end())
  if (first.length > 0) forward(first)
}

/** Frames vanish as wholes: whether one does is decided when it begins. */
function unlessSwallowed(box: Middlebox, direction: Direction): (part: FramePart) => Buffer | undefined {
  let swallowing = false
  return ({ bytes, header }) => {
    if (header > 0) swallowing = swallows(box, direction)
    return swallowing ? undefined : bytes
  }
}

function swallows(box: Middlebox, direction: Direction): boolean {
  const fault = box.faults.websocket
  return typeof fault === 'object' && 'swallow' in fault && (fault.swallow === 'both' || fault.swallow === direction)
}

function cutAfter(box: Middlebox): { frames?: number; ms?: number } | undefined {
  const fault = box.faults.websocket
  if (fault === 'flap') return { ms: 50 }
  return typeof fault === 'object' && 'cutAfter' in fault ? fault.cutAfter : undefined
}

function head(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`]
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
