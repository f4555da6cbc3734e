import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Carrier, CarrierEvents } from './carrier.js'
import { Refusal } from './refusal.js'
import { sharedBytes, sharedFrame } from './shared-bytes.js'

const TEXT = { binary: false, compress: true }

/** Sockets tell how many bytes have come; of another stream we do not know whether somebody is there. */
interface CountingStream extends Duplex {
  readonly bytesRead?: number
}

/** A WebSocket of the package `ws`, and the socket below it. */
export class WebSocketCarrier implements Carrier {
  readonly transport = 'websocket'
  silent = 0
  readonly #webSocket: WebSocket
  readonly #socket: CountingStream
  readonly #events: CarrierEvents
  readonly #compresses: boolean
  /** Bytes that had come when it was asked last whether somebody is there. */
  #read = -1
  /** Whether a drain is waited for. Most clients never cause one, and what listens for it takes room. */
  #full = false

  /** Whoever makes it tells `events` when the WebSocket is closed. */
  constructor(webSocket: WebSocket, socket: Duplex, events: CarrierEvents) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#events = events
    this.#compresses = webSocket.extensions !== ''
    // What is compressed is written later.
    if (this.#compresses) socket.on('drain', () => this.#drained())
  }

  get queued(): number {
    return this.#webSocket.bufferedAmount
  }

  /**
   * Where nothing is compressed, one frame does for all clients, and goes to the socket below `ws`, which would make one for
   * each. Frames of `ws` itself, such as a pong, are written whole too, so that none gets into another.
   */
  write(text: string): void {
    this.silent = 0
    const webSocket = this.#webSocket
    if (this.#compresses) webSocket.send(sharedBytes(text), TEXT)
    else if (webSocket.readyState === webSocket.OPEN && !this.#socket.write(sharedFrame(text))) this.#awaitDrain()
  }

  greet(text: string): void {
    this.write(text)
  }

  end(why: Refusal | 'close' | 'done'): void {
    if (why instanceof Refusal) this.#webSocket.close(why.close, why.code)
    else this.#webSocket.close(1012, 'The server is about to stop.')
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  heard(): void {
    // Who does not read what we answer is not heard until he does.
    if (!this.#socket.writableNeedDrain) return
    this.#webSocket.pause()
    this.#awaitDrain()
  }

  probe(): boolean {
    // A listener for each pong would take room for each client.
    const { bytesRead = this.#read + 1 } = this.#socket
    if (bytesRead === this.#read) return false
    this.#read = bytesRead
    this.#webSocket.ping()
    return true
  }

  #awaitDrain(): void {
    if (this.#full || this.#compresses) return
    this.#full = true
    this.#socket.once('drain', () => this.#drained())
  }

  #drained(): void {
    this.#full = false
    this.#webSocket.resume()
    this.#events.drained()
  }
}
