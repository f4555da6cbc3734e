import { KEEPALIVE_LIMIT, MAX_QUEUED_SENDS, MESSAGE_LIMIT, SEND_WINDOW } from '../constants.js'
import { HoldfastError } from '../errors.js'
import { toBase64 } from '../kit/base64.js'
import type { Env } from '../kit/env.js'
import type { Hello } from '../seams.js'
import type { SendOptions } from '../types.js'
import type { Attempt } from './attempt.js'

/** What the page sends, until its outcome is known. */
export interface Outbox {
  send(type: unknown, data: unknown, options?: SendOptions): Promise<unknown>
  /** What a hello says of it. */
  hello(): Pick<Hello, 'client' | 'unacknowledged' | 'next'>
  /** The carrier answered a hello; `handled`: the highest send that the server handled, null: it does not know this client. */
  ready(carrier: Attempt, handled: number | null | undefined): void
  /** The carrier is gone. */
  lost(): void
  result(number: number, value: unknown, error: { code: string; message: string } | undefined): void
  /** The page goes away: what has no outcome goes once more, by a request that outlives the page. */
  leave(): void
  close(): void
}

interface Message {
  /** `"type":…,"data":…`: encoded once, whatever happens on the way. */
  readonly payload: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** Given when it is first transmitted: from then on it may have been handled. */
  number?: number
  /** It is on its way on the present carrier. */
  away?: boolean
}

const bytes = (text: string) => new TextEncoder().encode(text).length

/** Sends of the native protocol: numbered, acknowledged, sent again after a break, handled once (PROTOCOL.md, "Client to server: sends"). */
export function createOutbox(env: Env): Outbox {
  const client = [...env.crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(36)).join('')
  let messages: Message[] = []
  let next = 1
  let carrier: Attempt | undefined
  /** HTTP: one POST is on its way at a time, so that none overtakes another. */
  let posting = false

  const remove = (message: Message) => {
    messages = messages.filter((other) => other !== message)
  }
  const reject = (message: Message, code: string, text: string) => {
    remove(message)
    message.reject(new HoldfastError(code, text))
  }
  const hello = () => ({ client, unacknowledged: messages.find(({ number }) => number)?.number ?? next, next })

  /** Packs what is not away into one frame, as much as fits. */
  const pack = (limit: number, window: number): string | undefined => {
    const { unacknowledged } = hello()
    const head = `{"holdfast":"send","client":"${client}","unacknowledged":${unacknowledged},"messages":[`
    let size = head.length + 2
    const packed: string[] = []
    for (const message of messages.slice(0, window)) {
      if (message.away) continue
      const needed = bytes(message.payload) + 32 // the number, and what stands around it
      if (head.length + needed > limit) {
        reject(message, 'message-too-large', `A message of ${needed} bytes is larger than the server takes (${limit}).`)
        continue
      }
      if ((size += needed) > limit) break
      message.away = true
      message.number ??= next++
      packed.push(`{"number":${message.number},${message.payload}}`)
    }
    return packed.length ? `${head}${packed.join()}]}` : undefined
  }

  const pump = () => {
    if (!carrier || posting) return
    if (carrier.level < 3) {
      for (const message of messages)
        reject(message, 'not-supported', 'This server takes no sends (its level is below 3).')
      return
    }
    const frame = pack(carrier.limit ?? MESSAGE_LIMIT, SEND_WINDOW)
    if (!frame) return
    const mine = carrier
    posting = true
    mine.send(frame).then(
      () => {
        if (mine !== carrier) return
        posting = false
        pump()
      },
      () => {}, // the attempt has ended by it, and everything goes again
    )
  }

  return {
    hello,
    async send(type, data, { signal } = {}) {
      signal?.throwIfAborted()
      if (typeof type !== 'string' || !type) throw new TypeError('send: the type must be a non-empty string.')
      if (messages.length >= MAX_QUEUED_SENDS) {
        throw new HoldfastError(
          'queue-full',
          `${MAX_QUEUED_SENDS} messages wait to be sent: await send() before the next.`,
        )
      }
      const content = data instanceof Uint8Array ? { bytes: toBase64(data) } : { data }
      const payload = JSON.stringify({ type, ...content }).slice(1, -1)
      let abort: (() => void) | undefined
      try {
        return await new Promise((resolve, reject) => {
          const message: Message = { payload, resolve, reject }
          messages.push(message)
          abort = () => {
            // What was transmitted keeps its number, or the server would wait for it.
            if (!message.number) remove(message)
            reject(signal?.reason)
          }
          signal?.addEventListener('abort', abort)
          pump()
        })
      } finally {
        if (abort) signal?.removeEventListener('abort', abort)
      }
    },

    ready(attempt, handled) {
      carrier = attempt
      posting = false
      for (const message of messages) {
        if (handled === null && message.number) {
          reject(
            message,
            'unconfirmed',
            'The server lost its memory after this was sent: it may have been handled or not.',
          )
        }
        // What was handled is not sent again: its outcome follows.
        message.away = message.number !== undefined && message.number <= (handled ?? 0)
      }
      pump()
    },

    lost() {
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
      for (const message of messages) message.away = false
      const frame = carrier && pack(Math.min(KEEPALIVE_LIMIT, carrier.limit ?? MESSAGE_LIMIT), SEND_WINDOW)
      if (frame) carrier?.send(frame, true).catch(() => {})
    },

    close() {
      for (const message of messages)
        reject(message, 'closed', 'The connection was closed before the server had this message.')
    },
  }
}
