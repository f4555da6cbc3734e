// What may stand between a page and its server: a proxy that blocks, hangs, swallows, holds back or cuts.
// It works on real sockets, so that a page meets what it would meet behind the real thing.

import { Agent, request as requestUpstream } from 'node:http'
import { connect } from 'node:net'

/** Headers that are about one hop, not about the message (RFC 9110, section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** A proxy that holds back a body without an end gives up at some size, as real ones do. */
const largestHold = 4 * 1024 * 1024

/**
 * @param {{ port: () => number }} target where the server listens, on this machine
 */
export function createMiddlebox(target) {
  const agent = new Agent({ keepAlive: true })

  /** A passage is what one connection of a visitor uses; `cut` breaks it as a reset does. */
  function enter(visitor, kind, socket) {
    const passage = { kind, cut: () => socket.resetAndDestroy() }
    visitor.passages.add(passage)
    return () => visitor.passages.delete(passage)
  }

  return {
    /** Breaks all that a visitor has under way, or what of it is of one kind. */
    cut(visitor, kind) {
      for (const passage of [...visitor.passages]) if (!kind || passage.kind === kind) passage.cut()
    },

    request(request, response, visitor) {
      const kind = kindOf(request)
      if (visitor.gates[kind] === 'block') {
        response.writeHead(502, { 'content-type': 'text/plain' }).end('This gateway does not pass streams on.\n')
        return
      }
      const leave = enter(visitor, kind, request.socket)
      const { method, url, headers } = request
      const onward = requestUpstream({
        host: '127.0.0.1',
        port: target.port(),
        agent,
        method,
        path: url,
        headers: endToEnd(headers),
      })
      request.pipe(onward)
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode, endToEnd(answer.headers))
        passBody(answer, response, () => kind === 'sse' && visitor.gates.sse === 'buffer')
      })
      // A server that is down looks the same as it would without a proxy: the connection breaks.
      onward.on('error', () => response.destroy())
      response.on('close', () => {
        leave()
        onward.destroy()
      })
    },

    upgrade(request, socket, head, visitor) {
      socket.on('error', () => socket.destroy())
      if (visitor.gates.websocket === 'block') {
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
        return
      }
      socket.on('close', enter(visitor, 'websocket', socket))
      if (visitor.gates.websocket === 'hang') {
        socket.resume() // or the end of the connection would never be read
        return
      }
      const upstream = connect(target.port(), '127.0.0.1')
      upstream.on('error', () => socket.destroy())
      upstream.on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      upstream.write(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]))
      passFrames(socket, upstream, () => visitor.gates.websocket === 'swallow')
    },
  }
}

/** Which gate a request goes through; a POST, which any proxy passes, goes through none. */
function kindOf(request) {
  if (request.method !== 'GET') return 'post'
  return new URL(request.url, 'http://localhost').searchParams.get('carrier') === 'poll' ? 'poll' : 'sse'
}

function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))
}

/** The request as it was on the wire: an upgrade is passed on byte by byte. */
function headOf({ method, url, rawHeaders }) {
  let text = `${method} ${url} HTTP/1.1\r\n`
  for (let index = 0; index < rawHeaders.length; index += 2)
    text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`
  return `${text}\r\n`
}

/** Passes a body on; while `holding()` says so, keeps it back until it ends. */
function passBody(answer, response, holding) {
  let held = []
  let size = 0
  const release = () => {
    for (const chunk of held) response.write(chunk)
    held = []
    size = 0
  }
  response.flushHeaders()
  answer.on('data', (chunk) => {
    if (holding()) {
      held.push(chunk)
      size += chunk.length
      if (size > largestHold) response.destroy()
      return
    }
    release()
    if (!response.write(chunk)) {
      answer.pause()
      response.once('drain', () => answer.resume())
    }
  })
  answer.on('end', () => {
    release()
    response.end()
  })
  answer.on('error', () => response.destroy())
}

/** Passes a handshake and then frames on, in both directions; from when `swallowing()` says so, drops all of them. */
function passFrames(socket, upstream, swallowing) {
  let answered = Buffer.alloc(0)
  let opened = false
  let deaf = false // for good: what comes after a lost piece of a frame makes no sense
  upstream.on('data', (chunk) => {
    if (!opened) {
      answered = Buffer.concat([answered, chunk])
      const end = answered.indexOf('\r\n\r\n') + 4
      if (end < 4) return
      opened = true
      socket.write(answered.subarray(0, end))
      chunk = answered.subarray(end)
    }
    deaf ||= swallowing()
    if (deaf || chunk.length === 0) return
    if (!socket.write(chunk)) {
      upstream.pause()
      socket.once('drain', () => upstream.resume())
    }
  })
  socket.on('data', (chunk) => {
    deaf ||= swallowing()
    if (!deaf) upstream.write(chunk)
  })
}
