import type { CarrierEvents } from './carrier.js'

/** One HTTP request and its answer, whatever the server: Node's, or a web-standard one. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  /** All of them, as `authorize` sees them. Making them is dear on some servers: {@link header} is not. */
  readonly headers: Headers
  /** The client has left. */
  readonly gone: boolean
  /** One of the request's headers; its name in lower case. */
  header(name: string): string | null
  /**
   * The body as text.
   * @throws {Refusal} `too-large` as soon as there are more bytes than `limit`
   */
  body(limit: number): Promise<string>
  /** Answers at once. */
  respond(status: number, headers: Record<string, string>, body?: string): void
  /** Answers 200 with a body that is written bit by bit. `events` hears what becomes of it. */
  stream(headers: Record<string, string>, events: CarrierEvents): Writer
}

/** The body of a streamed answer. */
export interface Writer {
  /** Bytes that have not left yet. */
  readonly queued: number
  write(text: string): void
  end(): void
  destroy(): void
}
