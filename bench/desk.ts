import { createServer, type Server } from 'node:http'
import { portOf } from './host.js'

/** Who waits for one page. */
export interface Expected {
  /** Before the page begins its burst, which it does when this is over. */
  gate?(): Promise<void>
  /** Hears what the page posts, as JSON. */
  report(report: unknown): void
  /** Hears what went wrong here. The page may wait for an answer that it will not get. */
  fail(error: unknown): void
}

/** Where pages report to, by HTTP, so that no debugger is needed to hear from them. */
export class Desk {
  #server: Server
  #expected = new Map<string, Expected>()

  private constructor() {
    this.#server = createServer((request, response) => {
      const [, run = '', gate] = request.url?.split('/') ?? []
      const expected = this.#expected.get(run)
      const answer = async () => {
        let body = ''
        for await (const chunk of request.setEncoding('utf8')) body += chunk
        if (gate === 'gate') await expected?.gate?.()
        // The page is isolated: it takes answers from elsewhere only if they say that it may.
        response.writeHead(204, { 'Cross-Origin-Resource-Policy': 'cross-origin' }).end()
        if (body !== '') expected?.report(JSON.parse(body))
      }
      answer().catch((error: unknown) => {
        response.destroy()
        expected?.fail(error)
      })
    })
  }

  static async open(): Promise<Desk> {
    const desk = new Desk()
    await new Promise<void>((resolve) => desk.#server.listen(0, '127.0.0.1', resolve))
    return desk
  }

  /** Returns the address that the page is to report to, and a function that stops waiting. */
  expect(run: string, expected: Expected): { readonly address: string; forget(): void } {
    this.#expected.set(run, expected)
    return {
      address: `http://127.0.0.1:${portOf(this.#server.address())}/${run}`,
      forget: () => this.#expected.delete(run),
    }
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
