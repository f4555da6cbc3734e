import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

interface Pair {
  readonly near: Socket
  readonly far: Socket
  silent: boolean
}

/** A line to a Redis that tests can cut, or make one-sided. */
export class Line implements AsyncDisposable {
  readonly url: string
  /** New connections end at once. */
  refusing = false
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  /** What was said on connections that are held back. */
  readonly #held: { far: Socket; chunks: Buffer[] }[] = []

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `redis://127.0.0.1:${port}`
  }

  static async start(target: string): Promise<Line> {
    const port = Number(new URL(target).port)
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const line = new Line(server, address !== null && typeof address === 'object' ? address.port : 0)
    server.on('connection', (near) => {
      if (line.refusing) near.destroy()
      else line.#join(near, connect(port, '127.0.0.1'))
    })
    return line
  }

  #join(near: Socket, far: Socket): void {
    const pair: Pair = { near, far, silent: false }
    this.#pairs.add(pair)
    near.pipe(far)
    far.on('data', (data) => {
      if (!pair.silent) near.write(data)
    })
    near.on('error', () => {})
    far.on('error', () => near.destroy())
    // Nor does it come through a line that is silent that the other side has gone.
    far.on('close', () => pair.silent || near.destroy())
    near.on('close', () => {
      this.#pairs.delete(pair)
      if (!this.#held.some((held) => held.far === far)) far.destroy()
    })
  }

  /** Whatever comes from Redis on the connections that there are now vanishes, for good. */
  silence(): void {
    for (const pair of this.#pairs) pair.silent = true
  }

  /** What is said on the connections that there are now does not arrive before `release`, even if they end. */
  hold(): void {
    for (const { near, far } of this.#pairs) {
      const chunks: Buffer[] = []
      near.unpipe(far)
      near.on('data', (data: Buffer) => chunks.push(data)).resume()
      this.#held.push({ far, chunks })
    }
  }

  /** What was held back arrives now. Resolves when it was answered, as often as something was said. */
  async release(): Promise<void> {
    for (const { far, chunks } of this.#held.splice(0)) {
      if (chunks.length > 0 && !far.destroyed) {
        const answered = new Promise((resolve) => far.once('data', resolve).once('close', resolve))
        far.write(Buffer.concat(chunks))
        await answered
      }
      far.destroy()
    }
  }

  /** Breaks all connections. */
  cut(): void {
    for (const { near } of this.#pairs) near.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
    for (const { near, far } of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    this.#server.close()
    await once(this.#server, 'close')
  }
}
