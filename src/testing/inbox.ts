interface Waiting<Message> {
  readonly type: string | undefined
  resolve(message: Message): void
  reject(error: Error): void
}

/** What pages have sent, and who waits for more of it. */
export class Inbox<Message extends { readonly type: string }> {
  /** All, oldest first. */
  messages: Message[] = []
  #untaken: Message[] = []
  #waiting: Waiting<Message>[] = []

  add(message: Message): void {
    this.messages.push(message)
    const index = this.#waiting.findIndex((one) => fits(one.type, message))
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (waiting) waiting.resolve(message)
    else this.#untaken.push(message)
  }

  /** The oldest that was not taken yet, of this type or of any; the next one where there is none. */
  take(type: string | undefined): Promise<Message> {
    const index = this.#untaken.findIndex((message) => fits(type, message))
    const [message] = index < 0 ? [] : this.#untaken.splice(index, 1)
    if (message) return Promise.resolve(message)
    return new Promise((resolve, reject) => this.#waiting.push({ type, resolve, reject }))
  }

  /** Forgets all; who still waits is told what came instead. */
  clear(): void {
    const types = this.messages.map((message) => message.type)
    const instead = types.length > 0 ? `The page sent: ${types.join(', ')}.` : 'The page sent nothing.'
    for (const { type, reject } of this.#waiting) {
      const call = `mock.received(${type === undefined ? '' : JSON.stringify(type)})`
      reject(new Error(`${call} was still waiting when the mock was reset. ${instead}`))
    }
    this.messages = []
    this.#untaken = []
    this.#waiting = []
  }
}

function fits(type: string | undefined, message: { readonly type: string }): boolean {
  return type === undefined || type === message.type
}
