import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

/** A TCP connection by hand: what it says is what the test says. */
export class Raw implements Disposable {
  readonly socket: Socket
  /** Everything that was answered, as Latin-1. */
  heard = ''
  readonly closed: Promise<unknown>
  /** Ours. */
  port = 0

  constructor(port: number, { reads = true } = {}) {
    this.socket = connect({ port, host: '127.0.0.1' })
    this.socket.on('error', () => {})
    this.socket.once('connect', () => {
      this.port = this.socket.localPort ?? 0
    })
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    if (reads) this.socket.on('data', (data) => (this.heard += data.toString('latin1')))
    else this.socket.pause()
  }

  say(what: string | Buffer): void {
    if (this.socket.writable) this.socket.write(what)
  }

  /** Resolves when it has said so, or when nothing more will come. */
  async hears(text: string): Promise<string> {
    while (!this.heard.includes(text) && !this.socket.closed)
      await Promise.race([once(this.socket, 'data').catch(() => {}), this.closed])
    return this.heard
  }

  /**
   * Says it again and again, as fast as it is taken, until the other side ends it or takes nothing for a second, or so many
   * bytes were taken.
   */
  async floods(what: string | Buffer, most = 200 * 1_048_576): Promise<void> {
    while (this.socket.writable && this.socket.bytesWritten < most) {
      if (this.socket.write(what)) await setImmediate()
      else if (
        (await Promise.race([once(this.socket, 'drain').catch(() => {}), this.closed, setTimeout(1_000, 'full')])) ===
        'full'
      )
        return
    }
  }

  /** One byte after the other, each so many ms after the one before, until it is said or ended. */
  async drips(what: string | Buffer, every: number): Promise<void> {
    for (const byte of Buffer.from(what)) {
      if (!this.socket.writable) return
      this.socket.write(Buffer.of(byte))
      await setTimeout(every)
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

export function head(request: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${request} HTTP/1.1\r\n${lines.join('')}\r\n`
}

export function upgrade(path = '/live?hello=frame', headers: Record<string, string> = {}): string {
  return head(`GET ${path}`, {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...headers,
  })
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export interface FrameOptions {
  opcode?: number
  fin?: boolean
  /** RSV1 to RSV3, as they stand in the first byte. */
  reserved?: number
  /** What the header says, whatever follows. Default: the payload's own. */
  length?: bigint
  masked?: boolean
}

/** One WebSocket frame (RFC 6455, section 5.2) of a client, right or wrong. */
export function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = OPCODES.text, fin = true, reserved = 0, masked = true } = options
  const data = Buffer.from(payload)
  const length = options.length ?? BigInt(data.length)
  const first = (fin ? 0x80 : 0) | reserved | opcode
  const mask = masked ? 0x80 : 0
  const long = length > 65_535n
  const size = Buffer.alloc(long ? 8 : length > 125n ? 2 : 0)
  if (long) size.writeBigUInt64BE(length)
  else if (size.length > 0) size.writeUInt16BE(Number(length))
  const second = mask | (long ? 127 : size.length > 0 ? 126 : Number(length))
  // A key of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.of(first, second), size, Buffer.alloc(masked ? 4 : 0), data])
}

/** The status of a close frame that ends what was heard. */
export function closeCode({ heard }: Raw): number | undefined {
  const bytes = Buffer.from(heard, 'latin1')
  const at = bytes.lastIndexOf(0x80 | OPCODES.close)
  return at < 0 || at + 2 + (bytes[at + 1] ?? 0) !== bytes.length ? undefined : bytes.readUInt16BE(at + 2)
}
