import { constants, createGzip } from 'node:zlib'

/** Compresses a body piece by piece. */
export class Compressor {
  readonly #gzip = createGzip()
  #out: Buffer[] = []

  constructor() {
    this.#gzip.on('data', (bytes: Buffer) => this.#out.push(bytes))
  }

  /** What can leave now: with `flush` all of it, else what the compressor no longer needs. */
  async push(bytes: Buffer, flush: boolean): Promise<Buffer> {
    await new Promise((resolve) => this.#gzip.write(bytes, resolve))
    if (flush) await new Promise<void>((resolve) => this.#gzip.flush(constants.Z_SYNC_FLUSH, resolve))
    return this.#take()
  }

  async end(): Promise<Buffer> {
    await new Promise((resolve) => this.#gzip.once('end', resolve).end())
    return this.#take()
  }

  #take(): Buffer {
    const all = Buffer.concat(this.#out)
    this.#out = []
    return all
  }
}
