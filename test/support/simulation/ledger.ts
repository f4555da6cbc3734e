/** A send that was handled. */
export interface Handled {
  readonly principal: string
  readonly client: string
  readonly number: number
  readonly data: unknown
}

interface Account {
  handled: number
  /** Results, as text of their blocks. */
  readonly results: Map<number, string>
}

/** One frame of sends (PROTOCOL.md, "send"). */
export interface SendFrame {
  readonly client: string
  readonly epoch?: string
  readonly unacknowledged: number
  readonly next?: number
  readonly messages: readonly { readonly number: number; readonly type: string; readonly data?: unknown }[]
}

/** What a server remembers of sends: each client's are handled in order, each once (PROTOCOL.md, "Client to server: sends"). */
export class Ledger {
  /** All that was ever handled, whatever was forgotten since. */
  readonly handled: Handled[] = []
  /** How often everything was forgotten. */
  losses = 0
  readonly #accounts = new Map<string, Account>()

  /** What PROTOCOL.md calls the epoch. */
  get epoch(): string {
    return `epoch-${this.losses}`
  }

  forget(): void {
    this.#accounts.clear()
    this.losses++
  }

  /** A hello: how much of this client's was handled, null where nothing is known; and what became of all that it asks about. */
  hello(principal: string, client: string, unacknowledged: number, next: number): [number | null, string[]] {
    const account = this.#known(principal, client, unacknowledged)
    if (!account) {
      this.#open(principal, client, unacknowledged, next)
      return [null, []]
    }
    const numbers = Array.from({ length: account.handled - unacknowledged + 1 }, (_, index) => unacknowledged + index)
    return [account.handled, numbers.map((number) => account.results.get(number) ?? lost(number))]
  }

  /**
   * The results of all messages, as blocks, or a pong where there is none; undefined where the client is not known; `bad`
   * where a number cannot be.
   */
  send(principal: string, { client, epoch, unacknowledged, next, messages }: SendFrame): string | undefined | 'bad' {
    if (messages.length > 0 && epoch !== undefined && epoch !== this.epoch) return undefined
    let account = this.#known(principal, client, unacknowledged)
    if (!account && next !== undefined) account = this.#open(principal, client, unacknowledged, next)
    if (messages.length === 0) return `event: holdfast:pong\ndata: {"epoch":"${this.epoch}"}\n\n`
    if (!account) return undefined
    let text = ''
    for (const { number, type, data } of messages) {
      if (number > account.handled + 1) return 'bad'
      if (number > account.handled) {
        account.handled = number
        if (type !== 'holdfast:withdrawn') this.handled.push({ principal, client, number, data })
        account.results.set(number, result({ number, data }))
      }
      text += account.results.get(number) ?? lost(number)
    }
    return text
  }

  #known(principal: string, client: string, unacknowledged: number): Account | undefined {
    const account = this.#accounts.get(`${principal}:${client}`)
    if (!account || account.handled < unacknowledged - 1) return undefined
    for (const number of account.results.keys()) if (number < unacknowledged) account.results.delete(number)
    return account
  }

  /** What the client had transmitted before may have been handled by whoever knew it: that is what is told of it. */
  #open(principal: string, client: string, unacknowledged: number, next: number): Account {
    const account: Account = { handled: next - 1, results: new Map() }
    for (let number = unacknowledged; number < next; number++) {
      account.results.set(number, result({ number, error: { code: 'unconfirmed', message: 'perhaps' } }))
    }
    this.#accounts.set(`${principal}:${client}`, account)
    return account
  }
}

function lost(number: number): string {
  return result({ number, error: { code: 'outcome-lost', message: 'it was handled' } })
}

function result(data: object): string {
  return `event: holdfast:result\ndata: ${JSON.stringify(data)}\n\n`
}
