import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { reset } from '../reset.js'
import type { Direction, Faults, Kind } from './faults.js'
import { Lane, type Pace } from './lane.js'

/** From the last byte before an RST to the RST, in ms: systems throw away what has not left, or has not been read, by then. */
const READING_TIME = 25

/**
 * A client's TCP connection as it reaches the middlebox: through a line that may be long, slow, or dead in one direction.
 * All that concerns single bytes is here; who reads and writes it sees HTTP and frames.
 */
export class Wire extends Duplex {
  /** Of the last request on it. */
  kind: Kind | undefined
  readonly #socket: Socket
  readonly #since = performance.now()
  readonly #up: Lane
  readonly #down: Lane
  readonly #dead = { down: false, up: false }
  #end: 'fin' | 'rst' = 'fin'
  #wanted = () => {}

  constructor(socket: Socket, faults: () => Faults) {
    super({ readableHighWaterMark: 16_384, writableHighWaterMark: 16_384 })
    this.#socket = socket
    const pace = (bandwidth: number): Pace => {
      const { delay, trickle } = faults()
      return { delay: delay / 2, trickle, bandwidth }
    }
    this.#up = new Lane(
      () => pace(0),
      (bytes) => {
        if (this.#dead.up || this.destroyed || this.push(bytes)) return undefined
        return new Promise((resolve) => {
          this.#wanted = resolve
        })
      },
    )
    this.#down = new Lane(
      () => pace(faults().bandwidth),
      (bytes) => {
        if (this.#dead.down || !socket.writable || socket.write(bytes)) return undefined
        return new Promise((resolve) => {
          const done = () => {
            socket.off('drain', done).off('close', done)
            resolve()
          }
          socket.on('drain', done).on('close', done)
        })
      },
    )
    this.on('error', () => {})
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => {
      // The rest of the handshake of a new connection is one more round trip.
      const slow = this.#up.put(bytes, this.#since + faults().delay)
      if (slow === undefined) return
      socket.pause()
      slow.then(() => socket.resume())
    })
    socket.on('end', () => this.#up.behind(() => this.#dead.up || this.destroyed || this.push(null)))
    // Not behind what is on its way up: nobody may want to read that any more.
    socket.on('close', () => {
      this.#down.close()
      setTimeout(() => this.#dead.up || this.destroy(), faults().delay / 2)
    })
  }

  /** Bytes that are held here, in both directions. */
  get queued(): number {
    const { readableLength, writableLength } = this.#socket
    return this.#up.held + this.#down.held + this.readableLength + this.writableLength + readableLength + writableLength
  }

  /** From now on all bytes vanish, and a FIN or an RST with them. */
  vanish(direction: Direction): void {
    this.#dead[direction] = true
  }

  /** Ends it at once: what is on its way is lost. */
  kill(how: 'fin' | 'rst'): void {
    if (how === 'rst') reset(this.#socket)
    else this.#socket.destroy()
  }

  /** Ends it behind all that was written so far, which reaches a page that reads it. */
  cut(how: 'fin' | 'rst'): void {
    this.#end = how
    this.end()
  }

  override _read(): void {
    this.#wanted()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const slow = this.#down.put(bytes)
    if (slow === undefined) done()
    else slow.then(done)
  }

  /** What was written together leaves as one packet. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done)
  }

  override _final(done: () => void): void {
    const socket = this.#socket
    this.#down.behind(() => {
      if (!this.#dead.down && this.#end === 'fin') socket.end()
      // Empty, to learn when all before it has been handed to the system.
      else if (!this.#dead.down) socket.write('', () => setTimeout(() => reset(socket), READING_TIME))
      done()
    })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#end === 'fin') this.#down.behind(() => this.#dead.down || this.#socket.destroySoon())
    this.#up.close()
    this.#wanted()
    done(error)
  }
}
