import { KEEPALIVE_LIMIT, MAX_QUEUED_SENDS, MESSAGE_LIMIT, PROOF_TIMEOUT, SEND_WINDOW } from '../constants.js'
import { HoldfastError, toHoldfastError } from '../errors.js'
import type { Env } from '../kit/env.js'
import type { Attempt, Outbox } from './contract.js'
import { encodeMessage, type Message } from './encode-message.js'

/** Content Too Large (RFC 9110, section 15.5.14). */
const TOO_LARGE = 413
/** PROTOCOL.md, "Refusals": `unknown-client`. */
const UNKNOWN = 409
const WITHDRAWN = '"type":"holdfast:withdrawn"'
/** The number of a message, and what stands around it. */
const WRAPPING = 32

/**
 * Native: numbered, acknowledged, sent again after a break, handled once (PROTOCOL.md, "Client to server: sends").
 * Plain: one WebSocket frame each, once; nobody acknowledges them.
 */
export function createOutbox(env: Env, native: boolean): Outbox {
  const client = [...env.crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(36)).join('')
  let messages: Message[] = []
  let next = 1
  let carrier: Attempt | undefined
  /** The carrier, or the last one: a page that goes away has no time for another. */
  let latest: Attempt | undefined
  let leaving = false
  let flushing = false
  /** So many messages in a frame: less where a proxy lets less pass than the server takes. */
  let most = SEND_WINDOW
  /** What is being sent. HTTP: one POST is on its way at a time, so that none overtakes another. */
  let sending: AbortController | undefined
  /** So long may it be, in ms: the stream lives on where the connection of a POST is dead, and nobody says so. */
  let patience = PROOF_TIMEOUT
  let watching: unknown
  /** The server knows this client, so whatever becomes of a request, it can tell what it has handled. */
  let introduced = false
  /** The ledger that numbers are of, as servers call it. */
  let epoch: string | undefined
  /** A server said that it does not: another one than that which answers hellos. */
  let unknown = false

  const remove = (message: Message) => {
    messages = messages.filter((other) => other !== message)
  }
  const reject = (message: Message, code: string, text: string) => {
    remove(message)
    message.reject(new HoldfastError(code, text))
  }
  /** A number that was given away stays taken, or the server would wait for it for ever. */
  const withdraw = (message: Message) => {
    if (!message.number) return remove(message)
    message.content = WITHDRAWN
    message.size = WRAPPING * 2
  }
  const hello = () => ({ client, unacknowledged: messages.find(({ number }) => number)?.number ?? next, next })

  const tooLarge = (message: Message, limit: number) => {
    const text = `A message of ${message.size} bytes is more than passes (${limit}).`
    withdraw(message)
    message.reject(new HoldfastError('message-too-large', text))
  }

  /** Where it says what a hello says, a frame introduces its client to a server that does not know it. */
  const head = (introduces: boolean) =>
    JSON.stringify({ holdfast: 'send', epoch, ...hello(), next: introduces ? next : undefined, messages: [] }).slice(
      0,
      -2,
    )
  /** Takes what is not away into one frame, as much as fits; in the order of numbers, without holes. */
  const pack = (limit: number, introduces: boolean) => {
    const begin = head(introduces)
    let size = begin.length + 2
    const packed: Message[] = []
    for (const message of messages.slice(0, SEND_WINDOW)) {
      if (message.away && !leaving) continue
      if (packed.length === most) break
      if (size + message.size > limit) {
        if (packed.length || leaving) break
        tooLarge(message, limit)
        if (!message.number) continue
      }
      size += message.size
      message.away = true
      message.number ??= next++
      packed.push(message)
    }
    const text = `${begin}${packed.map(({ number, content }) => `{"number":${number},${content}}`).join()}]}`
    return packed.length ? { text, packed } : undefined
  }
  /** All that a page says in one task as it goes is one request: browsers let few get out. */
  const pump = () => {
    if (!leaving) return flush()
    if (flushing) return
    flushing = true
    env.queueMicrotask(() => {
      flushing = false
      flush()
    })
  }
  const flush = () => {
    const mine = leaving ? latest : carrier
    if (!mine || sending) return
    const messaging = mine.transport.framing === 'message'
    if (native ? mine.level < 3 : !messaging) {
      for (const message of messages) {
        reject(message, 'not-supported', `This server takes no sends over ${mine.transport.name}: use fetch().`)
      }
    } else if (native) pumpNumbered(mine, messaging)
    else for (const { content, resolve, reject } of messages.splice(0)) mine.send(content).then(resolve, reject)
  }
  /** What has no outcome on a WebSocket may be with a slow handler; or it is lost, on a way that is dead upwards alone. */
  const watch = () => {
    watching ??= env.setTimeout(() => {
      watching = undefined
      if (messages.some(({ away }) => away)) carrier?.check()
    }, PROOF_TIMEOUT)
  }
  const pumpNumbered = async (mine: Attempt, messaging: boolean) => {
    const limit = mine.limit ?? MESSAGE_LIMIT
    // A carrier that is not the server's own (a leader among tabs) has said no hello for this client. What is transmitted to a
    // server that does not know it, and is lost on the way, would have to be taken for handled.
    const introduces = !introduced && !messaging && !leaving && messages.length > 0
    // Browsers make requests again whose connection broke, a POST too: a copy must not introduce what it holds to a server that is new.
    const batch = introduces
      ? { text: `${head(true)}]}`, packed: [] }
      : pack(leaving ? Math.min(KEEPALIVE_LIMIT, limit) : limit, messaging || !introduced)
    if (!batch) return
    const mySend = new AbortController()
    sending = leaving ? undefined : mySend
    const timer = messaging ? watch() : env.setTimeout(() => mySend.abort(), patience)
    let left: readonly Message[] = batch.packed
    try {
      await mine.send(batch.text, leaving, mySend.signal)
      // Its answer may have told of another ledger.
      if (sending !== mySend) return
      introduced = true
      unknown = false
      patience = PROOF_TIMEOUT
      // A POST has brought all outcomes that it will bring: what is left of them goes again.
      left = left.filter((message) => messages.includes(message))
      if (messaging || left.length === batch.packed.length) left = []
    } catch (error) {
      const { status } = toHoldfastError(error)
      unknown ||= status === UNKNOWN
      // The attempt has ended by it, and everything goes again.
      if (sending !== mySend) return
      // The line may be slow: the next one may take longer.
      if (mySend.signal.aborted) patience *= 2
      else if (status !== TOO_LARGE) return
      else if (left[1]) most = Math.ceil(left.length / 2)
      else if (left[0]) tooLarge(left[0], batch.text.length)
    } finally {
      env.clearTimeout(timer)
    }
    if (sending !== mySend) return
    sending = undefined
    for (const message of left) message.away = false
    pump()
  }
  /** It is of no use any more, whatever becomes of it. */
  const giveUp = () => {
    sending?.abort()
    sending = undefined
  }

  return {
    hello,
    async send(...given) {
      const [type, data] = given
      const { signal } = { ...(given[native ? 2 : 1] as { signal?: AbortSignal } | undefined) }
      signal?.throwIfAborted()
      if (messages.length >= MAX_QUEUED_SENDS) {
        throw new HoldfastError('queue-full', `${MAX_QUEUED_SENDS} messages wait to be sent: await send() first.`)
      }
      const content = native ? encodeMessage(type, data) : (type as Message['content'])
      const size = native ? new TextEncoder().encode(`${content}`).length + WRAPPING : 0
      let abort = () => {}
      try {
        return await new Promise((resolve, reject) => {
          const message: Message = { content, size, resolve, reject }
          messages.push(message)
          abort = () => {
            withdraw(message)
            reject(signal?.reason)
          }
          signal?.addEventListener('abort', abort)
          pump()
        })
      } finally {
        signal?.removeEventListener('abort', abort)
      }
    },

    adopt(told) {
      const before = epoch
      if (told) epoch = told
      return before !== undefined && before !== epoch
    },

    ready(attempt, handled) {
      giveUp()
      latest = carrier = attempt
      leaving = false
      // Nobody knows it by now: one introduction will do.
      if (handled === null) unknown = false
      introduced = handled !== undefined && !unknown
      most = SEND_WINDOW
      for (const message of messages) {
        if (handled === null && message.number) {
          reject(message, 'unconfirmed', 'The server lost its memory after this was sent: it may have been handled.')
          // Where its number is younger than what introduced this client, the server waits for it.
          introduced = false
        }
        // What was handled is not sent again: its outcome follows.
        message.away = message.number !== undefined && message.number <= (handled ?? 0)
      }
      pump()
    },

    lost() {
      giveUp()
      carrier = undefined
    },

    result(number, value, error) {
      const message = messages.find((other) => other.number === number)
      if (!message) return
      if (error) reject(message, error.code, error.message)
      else {
        remove(message)
        message.resolve(value)
      }
      pump()
    },

    leave() {
      // Every request that outlives the page holds all that has no outcome, since one may overtake another.
      leaving = native
      giveUp()
      flush()
    },

    close() {
      env.clearTimeout(watching)
      for (const message of messages) reject(message, 'closed', 'The connection was closed before this had arrived.')
    },
  }
}
