import { connect, createServer, type Server, type Socket } from 'node:net'
import { reset } from '../support/reset.js'

/** What stands before several server processes: gives each connection to one of those that are up, in turn. */
export class Balancer {
  readonly #server: Server
  readonly #ports: () => readonly number[]
  readonly #sockets = new Set<Socket>()
  #next = 0

  /** @param ports of those that take connections now */
  constructor(ports: () => readonly number[]) {
    this.#ports = ports
    this.#server = createServer((client) => this.#lead(client))
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #lead(client: Socket): void {
    const ports = this.#ports()
    const port = ports[this.#next++ % ports.length]
    client.on('error', () => {})
    if (port === undefined) {
      reset(client)
      return
    }
    const server = connect(port, '127.0.0.1')
    client.setNoDelay(true)
    server.setNoDelay(true)
    client.pipe(server)
    server.pipe(client)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => reset(other))
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
  }
}
