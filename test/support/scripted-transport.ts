import type { Ask, Framing, Task, Transport } from '../../src/seams.js'

/** One run of a scripted transport, in the hands of a test. */
export interface Run {
  readonly task: Task
  /** How the request was made: its hello. */
  readonly ask: Ask
  /** What the page sent. */
  readonly sent: string[]
  /** What it sent while it went away. */
  readonly left: string[]
  /** Opens it and speaks text. */
  say(...blocks: string[]): void
  /** Ends it in good order. */
  end(): void
  /** Ends it with an error. */
  fail(error: unknown): void
}

export interface ScriptedTransport extends Transport {
  readonly runs: Run[]
  /** The newest run. */
  readonly run$: Run
}

/** A transport that does nothing by itself: a test plays the network and the server. */
export function scripted(name: string, framing: Framing, more: Partial<Transport> = {}): ScriptedTransport {
  const runs: Run[] = []
  return {
    name,
    framing,
    ...more,
    runs,
    get run$() {
      const run = runs.at(-1)
      if (!run) throw new Error(`${name} was never started`)
      return run
    },
    run: (task) =>
      new Promise((resolve, reject) => {
        const sent: string[] = []
        const left: string[] = []
        const ask = task.ask(framing === 'body' ? 0 : undefined)
        let opened = false
        const open = () => {
          if (opened) return
          opened = true
          if (ask.frame) sent.push(ask.frame)
          task.opened({ send: (text, leaving) => void (leaving ? left : sent).push(`${text}`) })
        }
        runs.push({
          task,
          ask,
          sent,
          left,
          say(...blocks) {
            open()
            task.data(blocks.join(''))
            if (framing === 'body') task.end()
          },
          end: resolve,
          fail: reject,
        })
      }),
  }
}

const block = (type: string, data: object, id?: string) =>
  `${id === undefined ? '' : `id: ${id}\n`}event: holdfast:${type}\ndata: ${JSON.stringify(data)}\n\n`

/** The server's blocks (PROTOCOL.md). */
export const blocks = {
  open: (more: object = {}) => block('open', { version: 1, level: 3, heartbeat: 15_000, limit: 65_536, ...more }),
  ready: (id: string | undefined, more: object = {}) =>
    block('ready', { hello: 1, gap: false, handled: 0, ...more }, id),
  gap: (id: string, reason = 'history') => block('gap', { reason }, id),
  result: (number: number, more: object = {}) => block('result', { number, ...more }),
  drain: (window: number) => block('drain', { window }),
  error: (code: string, more: object = {}) => block('error', { code, message: 'as the test wants it', ...more }),
  pong: () => block('pong', {}),
  event: (type: string, data: unknown, id?: string) =>
    `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`,
}
