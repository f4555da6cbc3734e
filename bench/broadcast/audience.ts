import { connect, type Socket } from 'node:net'
import { TICK_BYTES } from '../events.js'
import { broadcasterOf } from './broadcasters.js'
import { answer, now } from './child.js'
import type { Entrance } from './contract.js'

/** Handshakes that are under way at once. */
const UNDER_WAY = 200

/** The last byte of an event, and no other byte of it. */
const END = '}'.charCodeAt(0)

/** What browsers send beside what is asked for. */
const HEADERS = [
  'Connection: keep-alive',
  'Pragma: no-cache',
  'Cache-Control: no-cache',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Accept: text/event-stream',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9',
  'Cookie: session=0123456789abcdef0123456789abcdef',
]
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
]

/** All clients read into the same bytes: what came is dealt with before anything else comes. */
const buffer = Buffer.allocUnsafe(65_536)

/** A bare TCP connection that shakes hands, and then counts events without decoding them. */
class Client {
  /** Events that have come. */
  heard: number
  /** Bytes that are to come before the next end of an event can. */
  #skip = 0
  #handshake = ''
  readonly #socket: Socket

  constructor(port: number, entrance: Entrance, heard: number, ready: () => void) {
    this.heard = heard
    let read = (length: number) => {
      this.#handshake += buffer.toString('latin1', 0, length)
      const { reply } = entrance
      if (entrance.ready.test(this.#handshake)) {
        this.#handshake = ''
        read = (bytes) => this.#count(bytes)
        ready()
      } else if (reply?.to.test(this.#handshake)) {
        this.#handshake = ''
        this.#socket.write(frame(reply.text))
      }
    }
    const callback = (length: number) => {
      read(length)
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } })
    // An error that nobody listens for ends the process, and the measurement.
    this.#socket.on('end', () => this.#socket.destroy(new Error(`The server ended it. ${this.#handshake}`)))
    this.#socket.write(request(port, entrance))
  }

  close(): void {
    this.#socket.removeAllListeners('end').destroy()
  }

  #count(length: number): void {
    const before = this.heard
    let position = this.#skip
    while (position < length) {
      if (buffer[position] === END) {
        this.heard += 1
        position += TICK_BYTES
      } else position += 1
    }
    this.#skip = position - length
    if (before < awaited && this.heard >= awaited) served()
  }
}

function request(port: number, { path, upgrade }: Entrance): string {
  const headers = upgrade ? [...HEADERS.slice(1), ...UPGRADE] : HEADERS
  const origin = `127.0.0.1:${port}`
  return [`GET ${path} HTTP/1.1`, `Host: ${origin}`, `Origin: http://${origin}`, ...headers, '', ''].join('\r\n')
}

/** A short text in a frame, with a mask that changes nothing. */
function frame(text: string): Buffer {
  return Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0, ...Buffer.from(text)])
}

// Many clients of one server in one process: `audience.mjs <name> <port>`.
const [, , name, port] = process.argv
const { entrance } = broadcasterOf(name)
const clients: Client[] = []
/** Events that everybody is to have heard since the beginning, and how many clients have not. */
let awaited = 0
let missing = 0
let everybody = Promise.withResolvers<void>()

function served(): void {
  missing -= 1
  if (missing === 0) everybody.resolve()
}

function enter(): Promise<void> {
  return new Promise((ready) => {
    clients.push(new Client(Number(port), entrance, awaited, ready))
  })
}

answer({
  /** Resolves when there are so many, and all of them are in. */
  async open(count) {
    const lane = async () => {
      while (clients.length < count) await enter()
    }
    await Promise.all(Array.from({ length: UNDER_WAY }, lane))
    return {}
  },

  /** Leaves so many. */
  close(count) {
    for (const client of clients.splice(count)) client.close()
    return {}
  },

  /** Resolves when everybody has heard so many since the beginning, with the moment. */
  async hear(events) {
    everybody = Promise.withResolvers()
    awaited = events
    missing = clients.filter(({ heard }) => heard < events).length
    if (missing > 0) await everybody.promise
    const at = now()
    const wrong = clients.find(({ heard }) => heard !== events)
    if (wrong) throw new Error(`A client heard ${wrong.heard} events where there were ${events}.`)
    return { at }
  },
})
