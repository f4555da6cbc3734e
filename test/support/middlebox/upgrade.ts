import { type IncomingMessage, request as sendRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { Middlebox } from '../middlebox.js'
import { isRefusal } from './faults.js'
import { FrameSplitter, isData } from './frames.js'
import { refusalPage } from './html.js'
import { Line } from './line.js'

type Direction = 'down' | 'up'

/** One WebSocket: forwards the upgrade, and then whole frames each way. */
export async function forwardUpgrade(
  box: Middlebox,
  request: IncomingMessage,
  client: Socket,
  early: Buffer,
): Promise<void> {
  await box.travelUp(client)
  if (box.vanished(client) || client.destroyed) return
  const fault = box.faults.websocket
  if (fault === 'hang') return
  const down = new Line(() => box.faults.delay / 2)
  if (isRefusal(fault)) {
    const page = refusalPage(fault.status)
    const retryAfter = fault.retryAfter === undefined ? '' : `Retry-After: ${fault.retryAfter}\r\n`
    const head = `HTTP/1.1 ${fault.status} Refused\r\n${retryAfter}Content-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n`
    down.run(() => client.end(head + page))
    return
  }

  const upstream = sendRequest({
    ...box.target,
    path: request.url,
    method: 'GET',
    headers: request.headers,
    agent: false,
  })
  client.on('close', () => box.vanished(client) || upstream.destroy())
  upstream.on('error', () => client.destroy())
  // The server refused the upgrade itself: what it says passes as it is.
  upstream.on('response', (answer) => {
    down.run(() => client.write(head(answer)))
    answer.on('data', (chunk) => down.run(() => client.write(chunk)))
    answer.on('end', () => down.run(() => client.end()))
  })
  upstream.on('upgrade', (answer, server: Socket, first) => {
    box.adopt(server)
    server.setNoDelay(true)
    // One write for the 101 and the frames that came with it: a real server's open block arrives together with the 101.
    client.cork()
    down.run(() => box.vanished(client) || client.write(head(answer)))
    relay('down', server, client, first, down)
    client.uncork()
    relay('up', client, server, early, new Line(() => box.faults.delay / 2))
    cutAfterTime(box, client)
  })
  upstream.end()

  let passed = 0

  function relay(direction: Direction, from: Socket, to: Socket, first: Buffer, line: Line): void {
    const splitter = new FrameSplitter()
    const forward = (chunk: Buffer) => {
      const frames = splitter.push(chunk)
      if (frames.length > 0) line.run(() => pass(direction, frames, to) || slowDown(from, to))
    }
    from.on('data', forward)
    from.on('error', () => {})
    // The end of one side is the end of the other, except where all bytes vanish, the last ones too.
    from.on('close', () => line.run(() => box.vanished(client) || to.destroy()))
    if (first.length > 0) forward(first)
  }

  /** False where the receiver reads slower than the sender writes. */
  function pass(direction: Direction, frames: Buffer[], to: Socket): boolean {
    if (box.vanished(client) || swallows(box, direction)) return true
    to.cork()
    let keepsUp = true
    for (const frame of frames) {
      keepsUp = to.write(frame)
      if (direction === 'up' || !isData(frame)) continue
      const limit = cutAfter(box)?.frames
      if (limit !== undefined && ++passed >= limit) {
        // end, not destroy: the last frame shall arrive.
        to.uncork()
        to.end()
        upstream.destroy()
        return true
      }
    }
    to.uncork()
    return keepsUp
  }
}

function slowDown(from: Socket, to: Socket): void {
  from.pause()
  to.once('drain', () => from.resume())
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

function cutAfterTime(box: Middlebox, client: Socket): void {
  const ms = cutAfter(box)?.ms
  if (ms === undefined) return
  const timer = setTimeout(() => client.destroy(), ms)
  client.on('close', () => clearTimeout(timer))
}

function head(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`]
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
