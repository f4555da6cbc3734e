import { ErrorReply } from 'redis'
import { HoldfastError } from '../../errors.js'
import { type Link, NoAnswer } from './link.js'
import type { Outage } from './outage.js'
import type { Script } from './scripts.js'
import { within } from './within.js'

/** ms between two attempts where Redis answers, and cannot do it yet. */
const PAUSE = 100

/** What Redis says while it starts, is busy, or changes roles. */
const LATER = /^(LOADING|BUSY|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN)\b/

/**
 * Runs scripts, again and again until one attempt is answered or the time is up. So each script must give the same
 * result when it is run twice.
 */
export class Commands {
  readonly link: Link
  readonly outage: Outage
  readonly #timeout: number

  constructor(link: Link, outage: Outage, timeout: number) {
    this.link = link
    this.outage = outage
    this.#timeout = timeout
  }

  /** As `ask`, for what gives the same answer however often it is asked. */
  async run(what: string, script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return (await this.ask(what, script, keys, args)).reply
  }

  /**
   * @param what for the error: what was not done
   * @param deadline ms since the epoch
   * @returns the reply, and whether it was asked before, without an answer
   * @throws {HoldfastError} `unavailable`, or `closed`
   */
  async ask(
    what: string,
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    deadline: number = Date.now() + this.#timeout,
  ): Promise<{ reply: unknown; again: boolean }> {
    let sent = false
    const left = () => deadline - Date.now()
    const late = () => new NoAnswer(true, 'Too late.')
    while (!this.link.isClosed && left() > 0) {
      try {
        await this.link.ready(left())
        const reply = await within(
          evaluate((command) => this.link.send(command), script, keys, args),
          Math.max(1, left()),
          late,
        )
        return { reply, again: sent }
      } catch (error) {
        if (error instanceof NoAnswer) sent ||= error.sent
        else if (!(error instanceof ErrorReply && LATER.test(error.message))) throw this.#refused(what, error)
        else await new Promise((resolve) => setTimeout(resolve, PAUSE))
      }
    }
    if (this.link.isClosed && !sent) throw new HoldfastError('closed', `${what}: the history is closed.`)
    throw this.unavailable(what, sent)
  }

  /**
   * One attempt: what is ephemeral is of no use later, and must not be heard twice.
   * @throws {HoldfastError} `unavailable`
   */
  async announce(channel: string, message: string): Promise<void> {
    try {
      await this.link.send(['PUBLISH', channel, message])
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw this.#refused('publish', error)
      throw this.unavailable('publish', error.sent)
    }
  }

  /** The error of what got no answer. */
  unavailable(what: string, sent: boolean): HoldfastError {
    const outcome = sent ? 'It was sent to Redis and may have been stored' : 'Nothing was stored'
    return new HoldfastError('unavailable', `${what}: Redis did not answer in time. ${outcome}.`, {
      cause: this.outage.error,
    })
  }

  /** Redis answered, and said no: out of memory, no permission, a key of another type. */
  #refused(what: string, error: unknown): HoldfastError {
    const why = error instanceof Error ? error.message : String(error)
    return new HoldfastError('unavailable', `${what}: Redis refuses it (${why}). Nothing was stored.`, { cause: error })
  }
}

export type Send = (command: string[]) => Promise<unknown>

/** One attempt. */
export async function evaluate(
  send: Send,
  { sha, text }: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const rest = [`${keys.length}`, ...keys, ...args]
  try {
    return await send(['EVALSHA', sha, ...rest])
  } catch (error) {
    if (!(error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))) throw error
    return send(['EVAL', text, ...rest])
  }
}
