import { type Block, isEvent, takeBlocks } from './block.js'
import { must, shorten, Violation } from './violation.js'

export const transports = ['websocket', 'sse', 'long-poll'] as const
export type Transport = (typeof transports)[number]

/** How a carrier ended. `code` is a WebSocket's; `refused` is what an HTTP request got in place of a stream. */
export interface End {
  code?: number
  refused?: { status: number; type: string; body: string; headers: Headers }
}

/** What the checks see of a connection, whatever it is made of: the blocks that came, and how it ended. */
export class Carrier {
  readonly blocks: Block[] = []
  /** What stood in a WebSocket message, or at the end of a response, behind the last whole block. */
  readonly torn: string[] = []
  /** When anything was heard, in ms of `performance.now()`. */
  readonly heard: number[] = []
  /** Of the response; undefined on a WebSocket. */
  headers: Headers | undefined
  end: End | undefined
  #parts = 0
  #rest = ''
  #read = 0
  readonly #waiting = new Set<() => void>()

  constructor(
    readonly transport: Transport,
    readonly transmit: (text: string | Uint8Array) => void,
    readonly close: () => void,
    /** Stops and goes on reading, so that the server's buffers fill. */
    readonly hold: (held: boolean) => void = () => {},
  ) {}

  /** Takes a WebSocket message, whole. */
  takeMessage(text: string): void {
    this.take(text)
    this.endPart()
  }

  /** Takes a piece of a body. */
  take(text: string): void {
    this.heard.push(performance.now())
    const { blocks, rest } = takeBlocks(this.#rest + text, this.#parts)
    this.#rest = rest
    this.blocks.push(...blocks)
    this.#wake()
  }

  /** A message or a response is over: what is left of it is no block. */
  endPart(): void {
    if (this.#rest !== '') this.torn.push(this.#rest)
    this.#rest = ''
    this.#parts++
  }

  finish(end: End): void {
    this.end ??= end
    this.#wake()
  }

  /** How many messages or responses have come. */
  get parts(): number {
    return this.#parts
  }

  /** The first block not yet passed that matches; it and all before it are passed. */
  async next(what: string, matches: (block: Block) => boolean, within = 3000): Promise<Block> {
    const deadline = performance.now() + within
    for (;;) {
      while (this.#read < this.blocks.length) {
        const block = this.blocks[this.#read++]
        if (block !== undefined && matches(block)) return block
      }
      if (this.end !== undefined) throw new Violation(`expected ${what}, but the carrier ended. ${this.transcript()}`)
      if (!(await this.#change(deadline)))
        throw new Violation(`expected ${what} within ${within} ms. ${this.transcript()}`)
    }
  }

  own(name: string, within?: number): Promise<Block> {
    return this.next(`holdfast:${name}`, ({ type }) => type === `holdfast:${name}`, within)
  }

  event(type: string, within?: number): Promise<Block> {
    return this.next(`an event ${type}`, (block) => block.type === type, within)
  }

  /** Waits for an event of the page's, and asserts that it is this one. */
  async onlyEvent(type: string): Promise<Block> {
    const block = await this.next(`an event ${type}`, isEvent)
    must(block.type === type, `expected the event ${type} next, heard ${shorten(block.text)}`)
    return block
  }

  async ended(within = 3000): Promise<End> {
    const deadline = performance.now() + within
    while (this.end === undefined) {
      if (!(await this.#change(deadline)))
        throw new Violation(`expected the server to close within ${within} ms. ${this.transcript()}`)
    }
    return this.end
  }

  /** What a person needs to see of a failure. */
  transcript(): string {
    const said = this.blocks.filter(({ comment }) => !comment).map(({ text }) => JSON.stringify(shorten(text, 160)))
    const newest = said.length > 8 ? [`${said.length - 8} blocks, then`, ...said.slice(-8)] : said
    const refused =
      this.end?.refused && ` refused with ${this.end.refused.status} ${shorten(this.end.refused.body, 160)}`
    const end = this.end === undefined ? 'still open' : (refused ?? `closed${this.end.code ? ` ${this.end.code}` : ''}`)
    return `Heard over ${this.transport}: ${newest.join(' ') || 'nothing'}; ${end}.`
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves to false at the deadline. */
  #change(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (changed: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve(changed)
      }
      const wake = (): void => done(true)
      const timer = setTimeout(() => done(false), Math.max(0, deadline - performance.now()))
      this.#waiting.add(wake)
    })
  }
}
